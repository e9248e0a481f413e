-- What a file of specs has started ends with it, also where it failed, crashed or was interrupted before it could stop
-- anything; and nothing is waited for. Cause of the first: nginx inherits the pipes of the other servers, which then
-- never notice that their reader has gone, and busted waits for each when it closes their pipes.

local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")

local SPEC = [[
describe("servers", function()
  local function read_pid() return io.open("/proc/self/stat"):read("*n") end

  it("are started", function()
    local faults = require("spec.support.faults").start({ tls = true })
    local nginx = require("spec.support.nginx").start({ server = "" })
    %s
    io.write("\nserver is ", faults.pid, "\nnginx is ", nginx:pid(),
      "\nfolder is ", faults.folder, "\nfolder is ", nginx.folder, "\n")
    io.stdout:flush()
    %s
  end)

  it("are followed by another spec", function() print("went on") end)
end)
]]

describe("a file of specs that starts servers and", function()
  local path

  before_each(function() path = os.tmpname() .. "_spec.lua" end)
  after_each(function()
    os.remove(path)
    os.remove((path:gsub("_spec%.lua$", "")))
  end)

  local function exists(name)
    return (process.run { "test", "-e", name }) == 0
  end

  --- Runs such a file. Returns its exit code and output; nothing that it started is there any more.
  local function run(start, ending)
    local file = assert(io.open(path, "w"))
    file:write(SPEC:format(start, ending))
    file:close()
    local _, busted = process.run { "sh", "-c", "command -v busted" }
    local code, output = process.run { process.lua(), busted:match("%S+"), path }
    local count = 0
    for name, value in output:gmatch("\n(%l+) is ([%w/_]+)") do
      count = count + 1
      if name == "folder" then
        assert.is_false(exists(value), value .. " is left")
      else
        assert.is_true(nginxes.await_end(tonumber(value), 5), ("%s %s is left"):format(name, value))
      end
    end
    assert.is_true(count >= 4, output)
    return code, output
  end

  local START_PROCESS = [[
    local sleeper = require("spec.support.process").start({ "sh", "-c", "echo ready; exec sleep 25" })
    sleeper:expect("ready")
    io.write("\nprocess is ", sleeper.pid, "\n")
  ]]

  it("fails", function()
    local code, output = run("", 'error("in the middle")')
    assert.equal(1, code)
    assert.matches("went on", output)
  end)

  it("fails with a process beside", function()
    assert.equal(1, (run(START_PROCESS, "assert.is_true(false)")))
  end)

  it("crashes", function()
    assert.equal(128 + 11, (run("", 'os.execute("kill -SEGV " .. read_pid())')))
  end)

  it("is interrupted", function()
    local code, output = run(START_PROCESS, 'io.popen("kill -INT " .. read_pid()):close()')
    assert.equal(130, code)
    assert.is_nil(output:find("went on", 1, true))
  end)
end)
