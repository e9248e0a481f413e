--- The half of the API in which VertexSMS calls us: delivery reports, HLR results, sender notifications.
--
--     local callback = require "vertexsms.callback"
--     local handler = callback.handler {
--       secret = os.getenv "CALLBACK_SECRET",
--       on_report = function(report) print(report.id, report.state) end,
--     }
--     local status, headers, body = handler(method, headers, body, remote_addr, uri)
--
-- A report is handed over once, as long as it is remembered; when on_report raises, or the process dies before it
-- returned, VertexSMS repeats the report and it is handed over again. What is wrong with an argument is raised as an
-- error of kind `invalid_argument`; `callback.safe` has parse, url and handler that return `nil, err` instead.

local access = require("vertexsms.callback.access")
local argument = require("vertexsms.check.argument")
local errors = require("vertexsms.error")
local handlers = require("vertexsms.callback.handler")
local memory = require("vertexsms.callback.memory")
local reports = require("vertexsms.callback.report")
local urls = require("vertexsms.message.callback_url")

local M = {}
local safe = {}

--- Where VertexSMS calls from.
M.SOURCES = access.SOURCES

function safe.parse(body, kind)
  argument.check(body, "string", "body")
  return reports.parse(body, kind)
end

function safe.url(base, options)
  argument.check_optional(options, "table", "options")
  return urls.build(base, options)
end

function safe.handler(options)
  argument.check(options, "table", "options")
  return handlers.new(options)
end

--- Reads the body of a call.
---@param body string
---@param kind vertexsms.ReportKind|nil where it is known; default: seen from the fields
---@return vertexsms.Report
function M.parse(body, kind)
  return (errors.raise_unless(safe.parse(body, kind)))
end

--- The URL to give VertexSMS (`dlrUrl`, `callBackUrl`, `notificationUrl`), with the secret that a handler looks for.
---@param base string http or https; its own query is kept
---@param options { secret: string|nil }|nil
---@return string
function M.url(base, options)
  return (errors.raise_unless(safe.url(base, options)))
end

--- Makes a handler. Make it once and keep it: it is what remembers.
---@param options vertexsms.HandlerOptions
---@return table handler called with method, headers (a table by name), body (a string, or a function that is given the
-- octets allowed and returns one), remote_addr, uri; returns status, headers, body
function M.handler(options)
  return (errors.raise_unless(safe.handler(options)))
end

--- A store in this process, for another capacity than the default.
---@param capacity integer|nil messages to remember at least, default 10000
---@return vertexsms.CallbackStore
function M.memory(capacity)
  return memory.new(capacity)
end

--- Answers the request at hand in nginx: `content_by_lua_block { require("vertexsms.callback").nginx(handler) }`.
---@param handler table
function M.nginx(handler)
  return require("vertexsms.callback.nginx").serve(handler)
end

--- The `onstream` of a lua-http server: `http.server.listen { onstream = callback.lua_http(handler), ... }`. A router
-- that has read the headers gives them to it: `reports(server, stream, headers)`.
---@param handler table
---@param log nil|fun(line: string) for what is wrong with connections; default stdout
---@return fun(server: table, stream: table, headers: table|nil)
function M.lua_http(handler, log)
  return require("vertexsms.callback.lua_http").onstream(handler, log)
end

--- Keeps strangers from stopping a lua-http server: at most 512 connections, of which the idlest makes room for a new
-- one; a time for which one may do nothing; an `onerror` that does not raise. Call it before the server's loop.
-- Otherwise it takes effect with the first request.
---@param server table lua-http's, with `lua_http(handler)` for its `onstream`
---@param log nil|fun(line: string) for what is wrong with connections; default stdout
function M.protect(server, log)
  require("vertexsms.lua_http.stream").protect(server, log)
end

M.safe = safe

return M
