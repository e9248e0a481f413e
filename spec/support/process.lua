--- Real processes for the specs: started through a shell, read line by line, stopped by signal. Nothing here
-- sleeps, and nothing outlives LIMIT + GRACE seconds: `timeout` ends what is left when the specs' own process dies.

local M = {}

local LIMIT = 30
-- timeout(1) kills so long after any signal that it passes on, a spec's own too: time for a server to tidy up.
local GRACE = 10
local running = {}

local Process = {}
Process.__index = Process

--- The interpreter that runs the spec: what tools/test.sh says, or the name Debian gives it.
function M.lua()
  return os.getenv("VERTEXSMS_SPEC_LUA") or rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d%.%d")
end

local function quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function join(words, env, limit)
  local all = { "env" }
  for name, value in pairs(env or {}) do all[#all + 1] = quote(name .. "=" .. value) end
  -- In the foreground group, so that Ctrl-C on the specs reaches the processes too.
  all[#all + 1] = ("timeout --foreground -k %d %d"):format(GRACE, limit or LIMIT)
  for _, word in ipairs(words) do all[#all + 1] = quote(word) end
  return table.concat(all, " ")
end

--- Starts a process. `options.env`: more environment; `options.stdout`: a file for stdout, so that only
-- stderr is read as lines (else both are); `options.limit`: seconds that it may live, instead of LIMIT.
function M.start(words, options)
  options = options or {}
  local redirect = options.stdout and "2>&1 >" .. quote(options.stdout) or "2>&1"
  local inner = ("echo $$; exec %s %s </dev/null"):format(join(words, options.env, options.limit), redirect)
  -- The braces keep the shell's own "Terminated" off the specs' output.
  local pipe = assert(io.popen(("{ sh -c %s; } 2>/dev/null; echo \"exit $?\""):format(quote(inner))))
  local process = setmetatable({ pipe = pipe, seen = {} }, Process)
  process.pid = assert(pipe:read("*l"))
  running[process] = true
  return process
end

--- The next line, waiting for it; nil when the process has ended.
function Process:line()
  local line = self.pipe and self.pipe:read("*l")
  if line then self.seen[#self.seen + 1] = line end
  return line
end

--- Reads lines until one matches, and returns its captures; fails with all that was read.
function Process:expect(pattern)
  for line in function() return self:line() end do
    if line:find(pattern) then return line:match(pattern) end
  end
  error(("no line matches %q; the last are:\n%s"):format(pattern,
    table.concat(self.seen, "\n", math.max(1, #self.seen - 9))), 2)
end

--- All lines read so far.
function Process:output()
  return table.concat(self.seen, "\n")
end

function Process:signal(name)
  os.execute(("kill -s %s %s 2>/dev/null"):format(name, self.pid))
end

--- Reads to the end and returns the exit code.
function Process:wait()
  while self:line() do end -- luacheck: ignore 542
  if self.pipe then self.pipe:close() end
  self.pipe = nil
  running[self] = nil
  return tonumber(("\n" .. self:output() .. "\n"):match("\nexit (%d+)\n"))
end

--- Ends the process; more than once is fine.
function Process:stop()
  if not self.pipe then return end
  self:signal("TERM")
  return self:wait()
end

--- Ends every process a spec has left.
function M.stop_all()
  local left = {}
  for process in pairs(running) do left[#left + 1] = process end
  for _, process in ipairs(left) do process:stop() end
end

function M.read_file(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

--- The lines that a command prints.
---@param command string for the shell
---@return string[]
function M.lines_of(command)
  local lines, pipe = {}, assert(io.popen(command))
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

local function take(path)
  local content = M.read_file(path)
  os.remove(path)
  return content
end

--- Runs a process to its end. Returns its exit code, stdout and stderr.
function M.run(words, options)
  options = options or {}
  local input, output, errors = os.tmpname(), os.tmpname(), os.tmpname()
  local file = assert(io.open(input, "wb"))
  file:write(options.stdin or "")
  file:close()
  local command = ("%s <%s >%s 2>%s; echo $?"):format(join(words, options.env), input, output, errors)
  local pipe = assert(io.popen(command))
  local code = tonumber(pipe:read("*a"))
  pipe:close()
  os.remove(input)
  return code, take(output), take(errors)
end

return M
