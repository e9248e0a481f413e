--- Serving HTTP needs lua-http, which Debian packages for LuaJIT and Lua 5.1 only: under another Lua the
-- same command line is run again under one that has it.
--
-- The core replaces the process by the other one, so that who stops it has stopped the server. Without the core two are
-- left, the outer one waiting in `os.execute`: Ctrl-C goes to both from the terminal, the outer one ignores it
-- (system(3)) and passes on the inner one's exit code; when the outer one is killed, the inner one notices that its
-- parent is gone and stops.
--
-- Tested in spec/cli/init_spec.lua.

local ascii = require("vertexsms.base.ascii")
local shell = require("vertexsms.cli.shell")

local M = {}

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local CANDIDATES = { "luajit", "lua5.1" }
local PROBE = "require 'http.server' require 'cqueues.signal' require 'cjson' require 'argparse'"
local PARENT = "VERTEXSMS_PARENT_PID"
-- Seconds between two looks at the parent.
local WATCH_INTERVAL = 0.25

local HELP = [[
vertexsms: this command serves HTTP and needs lua-http under LuaJIT or Lua 5.1.
On Debian and Ubuntu: apt-get install luajit lua-http lua-cjson lua-argparse]]

--- True when this interpreter can serve HTTP.
---@return boolean
function M.has_http()
  return (pcall(require, "http.server"))
end

local function find_candidate()
  for _, lua in ipairs(CANDIDATES) do
    if shell.execute(("%s -e %s >/dev/null 2>&1"):format(lua, shell.quote(PROBE))) == 0 then return lua end
  end
end

-- The process ID of a process (field 1) and its parent (field 4), from Linux's proc(5); nil elsewhere.
-- The command's name, field 2, may contain anything, so its closing parenthesis is looked for from behind.
local function proc_stat(process)
  local file = io.open(("/proc/%s/stat"):format(process or "self"))
  if not file then return nil end
  local pid, parent = file:read("*a"):match("^([0-9]+) .*%) [A-Za-z] ([0-9]+)")
  file:close()
  return pid, parent
end

-- Where this very module was loaded from, so that the other interpreter finds it too; after its own
-- path, because that directory may hold modules of another Lua version.
local function extend_path()
  local root = debug.getinfo(1, "S").source:match("^@(.*)/vertexsms/cli/interpreter%.lua$") or "lua"
  return "package.path = package.path .. " .. ascii.quoted((";%s/?.lua;%s/?/init.lua"):format(root, root))
end

-- Returns where that fails, and where there is no core.
local function replace_process(words)
  local loaded, core = pcall(require, "vertexsms.core")
  if loaded then core.replace_process({ "env", PARENT .. "=", unpack(words) }) end
end

local function run_below(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = shell.quote(word) end
  return shell.execute(("%s=%s; export %s; exec %s"):format(PARENT, proc_stat() or "", PARENT,
    table.concat(quoted, " ")))
end

--- Runs the command line under another interpreter: in place of this one, or it waits for it.
---@param argv table the arguments; argv[0] is the script
---@return integer exit code
function M.rerun(argv)
  local lua = not os.getenv(PARENT) and find_candidate()
  if not lua then
    io.stderr:write(HELP, "\n")
    return 1
  end
  local words = { lua, "-e", extend_path(), argv[0], unpack(argv) }
  replace_process(words)
  return run_below(words)
end

-- Where the shell has to write the exit code down, it stands in between.
local function is_under(ancestor)
  local _, parent = proc_stat()
  return parent == ancestor or parent ~= nil and select(2, proc_stat(parent)) == ancestor
end

--- In a process that `rerun` started: stops the server when its parent is gone, so that killing the
-- process the user knows leaves no orphan behind. Where there is no proc(5), nothing is watched.
---@param server table with spawn and stop
function M.stop_with_parent(server)
  local expected = os.getenv(PARENT)
  if not expected or expected == "" then return end
  local cqueues = require("cqueues")
  server:spawn(function()
    while is_under(expected) do cqueues.sleep(WATCH_INTERVAL) end
    server:stop()
  end)
end

return M
