--- What a client is configured with, so that it starts this server.
--
-- Tested in spec/cli/commands/mcp_spec.lua.

local json = require("vertexsms.json")

local M = {}

-- The token is in a file: a client's configuration is copied, synchronized and shown.
local TOKEN_FILE = "/home/you/.config/vertexsms/token"

local function server_of(token_file)
  return {
    command = "vertexsms", args = json.array({ "mcp" }),
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

local function indented(text)
  local depth = 0
  return (text:gsub("([{}%[%],])", function(mark)
    if mark == "," then return ",\n" .. ("  "):rep(depth) end
    if mark == "{" or mark == "[" then
      depth = depth + 1
      return mark .. "\n" .. ("  "):rep(depth)
    end
    depth = depth - 1
    return "\n" .. ("  "):rep(depth) .. mark
  end):gsub('":', '": '))
end

--- The configuration of a client, JSON.
---@param client "claude"|"cursor"|"vscode"
---@param token_file string|nil
---@return string
function M.of(client, token_file)
  return indented(json.encode(shapes[client](server_of(token_file))))
end

return M
