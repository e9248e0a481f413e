--- The commands of the command line, in the order of its help. A new command is one line here.
--
-- Tested in the specs of the commands.

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

---@type vertexsms.cli.Command[]
local commands = {}

for i, name in ipairs(NAMES) do commands[i] = require("vertexsms.cli.commands." .. name) end

return commands
