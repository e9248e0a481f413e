--- Other programs: how they are called, and what they say.
--
-- Tested in spec/cli/init_spec.lua.

local M = {}

-- As a shell says that a command was ended by SIGINT.
local INTERRUPTED = 130

--- A word as the shell takes it literally.
---@param text string
---@return string
function M.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- A signal becomes 128 + number, as in a shell. Lua 5.1 returns the status of wait(2), 5.2 and later success, "exit"
-- or "signal", and the number.
local function run(command)
  local status, kind, code = os.execute(command)
  if type(status) == "number" then
    local signal = status % 128
    return signal ~= 0 and 128 + signal or math.floor(status / 256)
  end
  return kind == "signal" and 128 + code or code
end

-- In a process that was started with SIGCHLD ignored, the system throws exit codes away: system(3) waits, then fails.
-- The shell writes the code down instead; it writes none when a signal ends it, and that is Ctrl-C.
local function run_and_note(command)
  local path = os.tmpname()
  os.execute(("( %s ); echo $? >%s"):format(command, M.quote(path)))
  local file = io.open(path)
  local code = file and tonumber(file:read("*a"))
  if file then file:close() end
  os.remove(path)
  return code or INTERRUPTED
end

local PROBE = 7
local is_seen

--- Runs a command and returns its exit code; a signal becomes 128 + number, as in a shell.
---@param command string
---@return integer
function M.execute(command)
  if is_seen == nil then is_seen = run("exit " .. PROBE) == PROBE end
  return (is_seen and run or run_and_note)(command)
end

local terminals = {}

-- Pure Lua cannot tell; where there is no core, test(1) can, which inherits the descriptor, but takes two processes.
local function ask_for_terminal(descriptor)
  local is_loaded, core = pcall(require, "vertexsms.base.core")
  if is_loaded then return core.is_terminal(descriptor) end
  return M.execute("test -t " .. descriptor) == 0
end

--- Is the descriptor a terminal?
---@param descriptor integer 1 is stdout, 2 stderr
---@return boolean
function M.is_terminal(descriptor)
  if terminals[descriptor] == nil then terminals[descriptor] = ask_for_terminal(descriptor) end
  return terminals[descriptor]
end

return M
