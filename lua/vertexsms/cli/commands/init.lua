--- The commands of the command line, in the order of its help. A new command is one line here.
--
-- Tested in the specs of the commands and in spec/cli/start_spec.lua.

local NAMES = {
  "send",
  "cost",
  "count",
  "status",
  "viber",
  "hlr",
  "sender",
  "operator",
  "rates",
  "mccmnc",
  "outbox",
  "guard",
  "request",
  "listen",
  "mcp",
  "simulate",
  "simulator",
  "doctor",
  "completion",
  "help",
}

---@class vertexsms.cli.Command: vertexsms.cli.Described
---@field needs_http boolean|nil it serves HTTP, so it must run where lua-http is installed
---@field configure fun(command: table) adds options to the argparse command
---@field run fun(args: table, parser: table): integer

local M = {}

---@param name string of the list
---@return vertexsms.cli.Command
function M.load(name)
  return (require("vertexsms.cli.commands." .. name)) -- Lua 5.4 returns the path, too
end

--- All of them.
---@return vertexsms.cli.Command[]
function M.all()
  local commands = {}
  for i, name in ipairs(NAMES) do commands[i] = M.load(name) end
  return commands
end

-- What these print is made from the tables of all.
local OF_ALL = { help = true, completion = true }

--- Those that a command line can mean: the one that its first word names, else all. To load all takes longer than most
-- commands compute.
---@param argv string[]
---@return vertexsms.cli.Command[]
function M.meant(argv)
  if argv[1] == "--version" then return {} end
  for _, name in ipairs(NAMES) do
    if name == argv[1] and not OF_ALL[name] then return { M.load(name) } end
  end
  return M.all()
end

return M
