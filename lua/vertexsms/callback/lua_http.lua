--- Serves a handler on lua-http.

local replies = require("vertexsms.callback.reply")
local streams = require("vertexsms.lua_http.stream")
local reports = require("vertexsms.callback.report")
local util = require("http.util")

local M = {}

local function call_of(request)
  return {
    method = request.method, remote_addr = request.remote_addr, body = request.body,
    uri = request.query ~= "" and request.path .. "?" .. request.query or request.path,
    header = function(name) return request.headers:get_comma_separated(name) end,
    protect = util.yieldable_pcall, -- Lua 5.1's own pcall cannot be yielded across
  }
end

local function response_of(status)
  if not status then return nil end
  local _, headers, body = replies.complete(status)
  return { status = status, headers = headers, body = body }
end

--- What vertexsms.lua_http.stream needs to serve a handler.
---@param handler table
---@return table { handler, screen, max_body }
function M.service(handler)
  return {
    max_body = reports.BYTES_MAX,
    screen = function(request) return response_of(handler:screen(call_of(request))) end,
    handler = function(request) return response_of(handler:respond(call_of(request))) end,
  }
end

--- The `onstream` of the caller's own server: `http.server.listen { onstream = callback.lua_http(handler), ... }`.
---@param handler table
---@param log nil|fun(line: string)
---@return fun(server: table, stream: table, headers: table|nil)
function M.onstream(handler, log)
  local options = M.service(handler)
  options.log = log
  return streams.onstream(options)
end

return M
