-- A program closed every handle of its loop, as it may, and went on. The client kept its own handle, which was closed
-- as well: each later call waited for the second after which calls look again, and queued calls never began.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local PRELUDE = [[
local uv = require("luv")
local client = require("vertexsms").safe.new({
  token = "t", base_url = (...), host = "luv", retry = { base = 0.2, random = function() return 0.9 end },
})
local answers = 0
local function close_all() uv.walk(function(handle) if not handle:is_closing() then handle:close() end end) end
local function on_answer(err) if not err then answers = answers + 1 end end
local function submit(count)
  for _ = 1, count do client:submit("send", { to = "37069912345", from = "MyShop", message = "x" }, on_answer) end
end
local function finish()
  uv.run()
  print(answers)
end
]]

local function run(code, scenario, prefix)
  local faults = fault_servers.start()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(PRELUDE, code)
  file:close()
  local status, output, errors = process.run({ process.lua(), path, faults:url(scenario, prefix) })
  os.remove(path)
  faults:stop()
  assert.equal(0, status, output .. errors)
  return output
end

describe("after a program has closed all handles of its loop,", function()
  it("a call is as quick as before, and brings those that waited their answers", function()
    assert.equal("2\ntrue\n", run([[
      submit(1)
      close_all()
      uv.run()
      local begun = uv.hrtime()
      submit(1)
      finish()
      print((uv.hrtime() - begun) / 1e9 < 0.9)
    ]], "ok"))
  end)

  it("queued calls begin with the next one", function()
    assert.equal("1001\n", run([[
      submit(1000)
      close_all()
      uv.run()
      submit(1)
      finish()
    ]], "ok"))
  end)

  -- A call whose answer is there at once does not wait, and so says nothing to the loop: the next one does.
  it("a call that waited for its next attempt goes on with a later one", function()
    assert.equal("true\n", run([[
      local is_answered, tries, timer = false, 0, nil
      local function try()
        tries = tries + 1
        if is_answered or tries > 50 then return timer:close() end
        submit(1)
      end
      client.on_retry = function()
        uv.new_timer():start(1, 0, function()
          close_all()
          timer = uv.new_timer()
          timer:start(1, 10, try)
        end)
      end
      client:submit("send", { to = "37069912345", from = "MyShop", message = "x" }, function() is_answered = true end)
      uv.run()
      print(is_answered)
    ]], "status", "/then/503,200"))
  end)
end)
