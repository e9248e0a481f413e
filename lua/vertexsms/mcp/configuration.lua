--- What a client is configured with, so that it starts this server.
--
-- Tested in spec/cli/commands/mcp_spec.lua.

local ascii = require("vertexsms.base.ascii")
local json = require("vertexsms.json")

local M = {}

-- The token is in a file: a client's configuration is copied, synchronized and shown.
local TOKEN_FILE = "/home/you/.config/vertexsms/token"

local function server_of(token_file)
  return {
    command = "vertexsms", args = { "mcp" },
    env = { VERTEXSMS_TOKEN_FILE = token_file or TOKEN_FILE, VERTEXSMS_MCP_MODE = "preview" },
  }
end

local shapes = {}

function shapes.claude(server) return { mcpServers = { vertexsms = server } } end

shapes.cursor = shapes.claude

function shapes.vscode(server)
  server.type = "stdio"
  return { servers = { vertexsms = server } }
end

local indented

local function members_of(object, margin)
  local names, members = {}, {}
  for name in pairs(object) do names[#names + 1] = name end
  ascii.sort(names)
  for i, name in ipairs(names) do members[i] = json.encode(name) .. ": " .. indented(object[name], margin) end
  return members
end

local function items_of(list, margin)
  local items = {}
  for i, item in ipairs(list) do items[i] = indented(item, margin) end
  return items
end

function indented(value, margin)
  if type(value) ~= "table" then return json.encode(value) end
  local inner, is_list = margin .. "  ", value[1] ~= nil
  local lines = table.concat((is_list and items_of or members_of)(value, inner), ",\n" .. inner)
  return ("%s\n%s%s\n%s%s"):format(is_list and "[" or "{", inner, lines, margin, is_list and "]" or "}")
end

--- The configuration of a client, JSON.
---@param client "claude"|"cursor"|"vscode"
---@param token_file string|nil
---@return string|nil
---@return string|nil reason
function M.of(client, token_file)
  local _, reason = json.encode(token_file or "")
  if reason then return nil, reason end
  return indented(shapes[client](server_of(token_file)), "")
end

return M
