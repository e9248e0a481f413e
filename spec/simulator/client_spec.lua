-- The helper of other people's specs, under every Lua.

local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local simulator = require("vertexsms.simulator.client")
local vertexsms = require("vertexsms")
local web = require("spec.support.web")

describe("simulator.client", function()
  local server, inbox

  setup(function()
    server = inboxes.start { "--dlr-delay", "3600" }
    inbox = simulator.new { url = server.url }
  end)
  teardown(function()
    inbox:close()
    process.stop_all()
  end)
  before_each(function() inbox:clear() end)

  it("lists messages, numbers as numbers, what is missing as nil", function()
    local id = server:send { to = "99999999999" }
    local list = inbox:messages { to = "+99 999 999 999" }
    assert.equal(1, #list)
    assert.same({ id, 1, 17, "pending" }, { list[1].id, list[1].parts, list[1].units, list[1].state })
    assert.is_nil(list[1].price)
    assert.equal(0, #inbox:messages { from = "Other" })
    assert.equal("17", tostring(inbox:message(id).part_list[1].units))
  end)

  it("waits for a message, and says which one did not come", function()
    local id = server:send()
    assert.equal(id, inbox:wait({ to = "37069912345" }).id)
    local message, reason = inbox:wait { to = "37069912345", state = "expired", timeout = 0.05 }
    assert.is_nil(message)
    assert.equal('no message with to "37069912345", state "expired" came within 0.05 s', reason)
  end)

  it("has the code of a message, not that of an older one", function()
    server:send { message = "Your code is 1111" }
    local mark = inbox:mark()
    local code, reason = inbox:code { to = "37069912345", since = mark, timeout = 0 }
    assert.is_nil(code)
    assert.matches("^no code with to .* came within 0 s: No message matches%.$", reason)
    local id = server:send { message = "Your code is 2222" }
    assert.same({ "2222", id }, { inbox:code { to = "37069912345", since = mark } })
  end)

  it("steers, and tells the callback", function()
    local endpoint = web.endpoint()
    local id = server:send { dlrUrl = endpoint.url }
    assert.equal("undelivered", inbox:fail(id, 21).state)
    assert.matches('"error":21', select(3, endpoint:take("200 OK", "OK")))
    inbox:again(id)
    assert.matches('"error":21', select(3, endpoint:take("200 OK", "OK")))
    assert.equal("delivered", inbox:deliver(id).state)
    endpoint:take("200 OK", "OK")
    assert.equal("expired", inbox:expire(id).state)
    endpoint:take("200 OK", "OK")
    inbox:out_of_order(id)
    assert.matches('"status":"1"', select(3, endpoint:take("200 OK", "OK")))
    assert.matches('"status":"2"', select(3, endpoint:take("200 OK", "OK")))
    endpoint:close()
    assert.equal("seen", inbox:seen(server:send({}, "/viber")).state)
    assert.equal(43, inbox:fail(id).error)
  end)

  it("raises what the simulator refuses", function()
    for _, ask in ipairs { function() inbox:deliver("1") end, function() inbox:messages { too = "1" } end,
      function() inbox:seen(server:send()) end, function() inbox:settings { pause = true } end } do
      local ok, err = pcall(ask)
      assert.is_false(ok)
      assert.is_true(vertexsms.is_error(err))
      assert.is_string(err.where)
    end
  end)

  it("changes settings", function()
    assert.same({ "drop" }, inbox:settings({ faults = { "drop" }, fault_rate = 0 }).faults)
    assert.same({}, inbox:settings({ faults = {} }).faults)
    inbox:pause()
    assert.is_true(inbox:settings().paused)
    inbox:resume()
    assert.is_false(inbox:settings().paused)
  end)

  it("has requests, lookups and senders", function()
    server:send()
    server.simulator:call("POST", "/sms", {})
    assert.equal(400, inbox:requests({ refused = true })[1].status)
    assert.equal(2, #inbox:requests())
    assert.equal(1, #inbox:requests { limit = 1 })
    server.simulator:call("POST", "/hlr", { msisdn = "37069912340" })
    assert.equal(40, inbox:lookups()[1].error)
    server.simulator:call("POST", "/senderId", { name = "37069555555", type = "MSISDN" })
    assert.matches("^%d%d%d%d%d$", inbox:senders()[1].pin)
  end)
end)
