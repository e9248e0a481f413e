--- Other programs: how they are called, and what they say.
-- @module vertexsms.cli.shell

local M = {}

--- A word as the shell takes it literally.
---@param text string
---@return string
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a command and returns its exit code; a signal becomes 128 + number, as in a shell.
-- Lua 5.1 returns the status of wait(2), 5.2 and later success, "exit" or "signal", and the number.
---@param command string
---@return integer
function M.execute(command)
  local status, kind, code = os.execute(command)
  if type(status) == "number" then
    local signal = status % 128
    return signal ~= 0 and 128 + signal or math.floor(status / 256)
  end
  return kind == "signal" and 128 + code or code
end

local terminals = {}

--- Is the descriptor a terminal? Pure Lua cannot tell, test(1) can: it inherits the descriptor.
---@param descriptor integer 1 is stdout, 2 stderr
---@return boolean
function M.is_terminal(descriptor)
  if terminals[descriptor] == nil then terminals[descriptor] = M.execute("test -t " .. descriptor) == 0 end
  return terminals[descriptor]
end

return M
