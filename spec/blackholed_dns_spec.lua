-- A name server that takes every question and answers none, as behind a firewall that drops. The system's resolver
-- asks it twice, for five seconds each; no call, and no end of a client, may wait for that.
--
-- The name server is a socket on a loopback address of its own that is never read; /etc/resolv.conf names it in a mount
-- namespace of one process. Both take privileges: without them the spec is pending.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local SETUP = [[
local url, address = ...
local core = require("vertexsms.core")
local name_server = assert(require("socket").udp())
assert(name_server:setsockname(address, 53))
local MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }
local function new(timeout)
  return require("vertexsms").safe.new({
    token = "t", base_url = "https://sms.example.test", status_base_url = url, retry = false, timeout = timeout,
  })
end
local function since(started) return ("%.1f"):format(core.now() - started) end
]]

local function in_namespace(words, resolv_conf)
  local all = { "unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolv_conf }
  for _, word in ipairs(words) do all[#all + 1] = word end
  return all
end

local function with_file(text, use)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  use(path)
  os.remove(path)
end

describe("with a name server that answers nothing", function()
  local faults
  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)

  -- What the code prints.
  local function run(code)
    -- another run of this spec has another
    local address = ("127.53.%d.%d"):format(math.floor(faults.pid / 256) % 256, faults.pid % 256)
    local probe = ('assert(assert(require("socket").udp()):setsockname("%s", 53))'):format(address)
    if process.run(in_namespace({ process.lua(), "-e", probe }, "/dev/null")) ~= 0 then
      pending("needs mount namespaces and port 53: run it as root")
    end
    local exit_code, output, errors
    with_file("nameserver " .. address .. "\n", function(resolv_conf)
      with_file(SETUP .. code, function(path)
        exit_code, output, errors = process.run(in_namespace({ process.lua(), path, faults:url("ok"), address },
          resolv_conf))
      end)
    end)
    assert.equal(0, exit_code, output .. errors)
    return output
  end

  local function assert_in_time(seconds)
    assert.is_true(tonumber(seconds) < 4, seconds .. " seconds")
  end

  it("a call ends in its own time, and nothing was sent", function()
    local output = run([[
      local client, started = new(1), core.now()
      local _, err = client:send(MESSAGE)
      print(err.kind, err.outcome, since(started))
      started = core.now()
      local ticket = client.engine:submit({ method = "POST", path = "/sms", body = "{}" })
      ticket:wait()
      print(ticket:response().kind, ticket:response().outcome, since(started))
      started = core.now()
      client:close()
      print(since(started))
    ]])
    local first, second, third = output:match(
      "^timeout\tnot_sent\t(%S+)\ntimeout\tnot_sent\t(%S+)\n(%S+)\n$")
    assert.is_string(first, output)
    assert_in_time(first)
    assert_in_time(second)
    assert_in_time(third)
  end)

  it("the I/O thread goes on with others, and closing gives up what asks for the name", function()
    local output = run([[
      local client, started = new(20), core.now()
      local ticket = client.engine:submit({ method = "POST", path = "/sms", body = "{}" })
      for _ = 1, 10 do
        local other = client.engine:submit({ method = "POST", path = "/sms", body = "{}", alternate = true })
        other:wait()
        assert(other:response().kind == "ok")
      end
      assert(not ticket:is_finished())
      client:close()
      print(ticket:response().kind, ticket:response().outcome, since(started))
    ]])
    local seconds = output:match("^closed\tnot_sent\t(%S+)\n$")
    assert.is_string(seconds, output)
    assert_in_time(seconds)
  end)

  it("a process ends with a question under way", function()
    local started = require("socket").gettime()
    local output = run([[
      local client = new(20)
      local ticket = client.engine:submit({ method = "POST", path = "/sms", body = "{}" })
      while client.engine:counters().in_flight == 0 do core.sleep(0.01) end
      core.sleep(0.1)
      print(ticket:is_finished())
      os.exit(0)
    ]])
    assert.equal("false\n", output)
    assert_in_time(require("socket").gettime() - started)
  end)
end)
