--- Programs of the bench that need a folder of their own, which goes with them.

local command = require("bench.harness.command")

local M = {}

--- A case of rounds.alternate, in a new folder each time.
---@param new_command fun(folder: string): string
---@param cpus string|nil
---@return { run: fun(): table<string, number> }
function M.case(new_command, cpus)
  return { run = function()
    local folder = command.must("mktemp -d build/bench-store-XXXXXX"):gsub("%s+$", "")
    local numbers = command.measure(new_command(folder), cpus)
    command.must("rm -r " .. folder)
    return numbers
  end }
end

--- Rows into SQLite without the library.
---@param rows integer
---@param in_a_commit integer
---@return { run: fun(): table<string, number> }
function M.bare_sqlite(rows, in_a_commit)
  return M.case(function(folder) return command.compiled("sqlite", folder, rows, in_a_commit) end)
end

return M
