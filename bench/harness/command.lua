--- Runs the measured programs, each in a process of its own and on its own processor.

local M = {}

--- The Luas that are compared.
M.LUAS = { "luajit", "lua5.4" }

--- Processors: the service has the first, what is measured the second.
M.SERVICE, M.CLIENT, M.BOTH = "0", "1", "0,1"

local BUILD = os.getenv("BUILD") or "build"

local LUA_PATH = "lua/?.lua;lua/?/init.lua;./?.lua;;"

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end
M.quote = quote

--- Output and success of a shell command.
---@param text string
---@return string output
---@return boolean ok
function M.shell(text)
  local pipe = assert(io.popen(("{ %s\n} 2>&1; echo \"exit $?\""):format(text)))
  local output = pipe:read("*a")
  pipe:close()
  local before, code = output:match("^(.*)exit (%d+)\n$")
  return before or output, code == "0"
end

--- Fails with the output when the command does.
---@param text string
---@return string output
function M.must(text)
  local output, ok = M.shell(text)
  if not ok then error(("failed: %s\n%s"):format(text, output), 0) end
  return output
end

--- A command that is a Lua program under another, such as valgrind, with the paths that it needs.
---@param wrapper string
---@param lua string interpreter
---@param ... string|number file and arguments
---@return string
function M.lua_under(wrapper, lua, ...)
  local words = {}
  for i, word in ipairs({ ... }) do words[i] = quote(word) end
  return ("env LUA_PATH=%s LUA_CPATH=%s %s %s %s"):format(quote(LUA_PATH),
    quote(("%s/%s/?.so;%s/bench/%s/?.so;;"):format(BUILD, lua, BUILD, lua)), wrapper, lua, table.concat(words, " "))
end

--- A command that is a Lua program.
---@param lua string interpreter
---@param ... string|number file and arguments
---@return string
function M.lua(lua, ...)
  return M.lua_under("", lua, ...)
end

--- A command that is one of the compiled programs.
---@param name string
---@param ... string|number
---@return string
function M.compiled(name, ...)
  local words = {}
  for i, word in ipairs({ ... }) do words[i] = quote(word) end
  return ("%s/bench/%s %s"):format(BUILD, name, table.concat(words, " "))
end

--- Runs one on the given processors and reads the numbers that it prints: `name=number ...`.
---@param command string
---@param cpus string|nil
---@return table<string, number>
function M.measure(command, cpus)
  local numbers, output = {}, M.must(("taskset -c %s %s"):format(cpus or M.CLIENT, command))
  for name, number in output:gmatch("(%w[%w_]*)=([%d.-]+)") do numbers[name] = tonumber(number) end
  if not next(numbers) then error(("no numbers from %s:\n%s"):format(command, output), 0) end
  return numbers
end

--- Is the module installed for this Lua? It is looked for and not loaded: some load in nginx alone.
---@param lua string
---@param module string
---@return boolean
function M.has_module(lua, module)
  local look = "assert(package.searchpath(%q, package.path) or package.searchpath(%q, package.cpath))"
  local _, ok = M.shell(M.lua(lua, "-e", look:format(module, module)))
  return ok
end

--- Is the program installed?
---@param name string
---@return boolean
function M.has_program(name)
  local _, ok = M.shell("command -v " .. quote(name))
  return ok
end

return M
