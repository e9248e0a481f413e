--- `--help` and `--version`: what is printed, and then nothing else is done.
--
-- Tested in spec/cli/output_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")

local M = {}

--- Prints a text and ends the process: with 0, or with 1 where the text got lost.
---@param text string
function M.finish(text)
  output.print(text)
  if not output.lost then os.exit(outcome.DONE, true) end
  output.say_lost()
  os.exit(outcome.REFUSED, true)
end

--- Makes `--help` of a command notice when its text gets lost, which argparse's own does not.
---@param command table argparse's
function M.configure(command)
  command:add_help({ action = function() M.finish(command:get_help()) end })
end

return M
