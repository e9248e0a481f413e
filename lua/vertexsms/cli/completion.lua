--- What shells complete commands and options by, from the tables of the parser. argparse writes the scripts.
--
-- Tested in spec/cli/completion_spec.lua.

local M = {}

--- The shells.
M.SHELLS = { "bash", "zsh", "fish" }

-- argparse's own takes the options of `sender` and `send` for the same: one name begins with the other.
local FISH_BEHIND = [[

function __fish_vertexsms_seen_command
    string match -q "$argv *" (__fish_vertexsms_print_command)" "
end
]]

--- The script for a shell.
---@param parser table argparse's
---@param shell string
---@return string
function M.of(parser, shell)
  local script = parser["get_" .. shell .. "_complete"](parser)
  return shell == "fish" and script .. FISH_BEHIND or script
end

return M
