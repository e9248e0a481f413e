-- What came in, and what the simulator knows. It is LuaJIT's whatever runs the spec, so it is asked once.

local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

describe("simulator: /_simulator", function()
  local inbox

  setup(function() inbox = inboxes.start() end)
  teardown(process.stop_all)
  before_each(function() inbox:call("DELETE", "/_simulator/messages") end)

  local function requests(query)
    local _, answer = inbox:call("GET", "/_simulator/requests" .. (query or ""))
    return answer.requests
  end

  it("requests has what came in, refused ones too, without tokens", function()
    local id = inbox:send()
    inbox.simulator:call("POST", "/sms", { to = "x" })
    web.request("GET", inbox.url .. "/rates?at=hidden&format=csv", { ["User-Agent"] = "A/1" })
    local list = requests()
    assert.equal(3, #list)
    assert.same({ "GET", "/rates", "at=***&format=csv", 200, "A/1", true },
      { list[1].method, list[1].path, list[1].query, list[1].status, list[1].agent, list[1].has_token })
    assert.same({ 400, "Missing value for field 'from'." },
      { list[2].status, cjson.decode(list[2].answer).message })
    assert.same({ 200, '["' .. id .. '"]', "1", cjson.null }, { list[3].status, list[3].answer, list[3].amount_sent,
      list[3].fault })
    assert.same({ 1, 1 }, { #requests("?refused=1"), #requests("?path=/rates") })
    assert.equal(1, #requests("?limit=1"))
    for _, query in ipairs { "limit=x", "refusd=1" } do
      assert.equal(400, (inbox:call("GET", "/_simulator/requests?" .. query)))
    end
  end)

  it("requests says what a fault did", function()
    inbox:call("PUT", "/_simulator/settings", { faults = { "drop" } })
    local connection = web.connect(inbox.url)
    connection:send("GET /rates HTTP/1.1\r\nHost: localhost\r\nX-VertexSMS-Token: t\r\n\r\n")
    assert.is_nil((connection:receive("*l")))
    connection:close()
    inbox:call("PUT", "/_simulator/settings", '{"faults":[]}')
    local entry = requests()[1]
    assert.same({ "drop", true, cjson.null }, { entry.fault, entry.dropped, entry.status })
  end)

  it("requests survives bytes that are not UTF-8", function()
    inbox.simulator:call("POST", "/sms", '{"to":"\255"}')
    assert.equal('{"to":"\239\191\189"}', requests()[1].body)
  end)

  it("lookups has HLR lookups with their results", function()
    local endpoint = web.endpoint()
    inbox.simulator:call("POST", "/hlr", { msisdn = "37069912340", callBackUrl = endpoint.url })
    endpoint:take("200 OK", "OK")
    inbox.simulator:expect("^hlr %d+ error 40 .* 200 OK$")
    inbox.simulator:call("POST", "/hlr", { msisdn = "37069912377" })
    local _, answer = inbox:call("GET", "/_simulator/lookups")
    local ported, failed = answer.lookups[1], answer.lookups[2]
    assert.same({ "37069912377", 0, "no error", true, "no URL", "LT" },
      { ported.msisdn, ported.error, ported.reason, ported.ported, ported.callback, ported.country })
    assert.same({ 40, "subscriber unknown", "200 OK", cjson.null },
      { failed.error, failed.reason, failed.callback, failed.operator })
    endpoint:close()
  end)

  it("senders has their PINs until they are confirmed", function()
    local _, id = inbox.simulator:call("POST", "/senderId", { name = "37069555555", type = "MSISDN" })
    local function sender()
      local _, answer = inbox:call("GET", "/_simulator/senders")
      return answer.senders[1]
    end
    local pin = sender().pin
    assert.matches("^%d%d%d%d%d$", pin)
    assert.same({ id, "waits for the PIN", false }, { sender().id, sender().callback, sender().confirmed })
    inbox.simulator:call("POST", "/senderId/confirm/" .. id, { code = pin })
    assert.same({ cjson.null, "no URL", true }, { sender().pin, sender().callback, sender().confirmed })
  end)

  it("networks has every country with its price", function()
    local _, answer = inbox:call("GET", "/_simulator/networks")
    assert.is_true(#answer.countries > 200)
    local by_code = {}
    for _, country in ipairs(answer.countries) do by_code[country.code] = country end
    assert.same({ "Lithuania", "370", "246", "0.045", 3 }, { by_code.LT.name, by_code.LT.prefix, by_code.LT.mcc,
      by_code.LT.rate, #by_code.LT.networks })
    assert.same({ "02", "021" }, by_code.LT.networks[3].mnc)
    assert.equal(cjson.null, by_code.KP.rate)
    assert.equal("0.083", by_code.DE.rate)
  end)

  it("is empty, as arrays, at the start", function()
    for name, path in pairs { lookups = "lookups", senders = "senders", requests = "requests" } do
      local _, raw = web.request("GET", inbox.url .. "/_simulator/" .. path)
      assert.equal(('{"%s":[]}'):format(name), raw)
    end
  end)
end)
