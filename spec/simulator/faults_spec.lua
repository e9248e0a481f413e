local cjson = require("cjson")
local faults = require("vertexsms.simulator.faults")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local socket = require("socket")
local web = require("spec.support.web")

local MESSAGE = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }

describe("simulator.faults", function()
  it("reads what the command line has", function()
    assert.same({ name = "delay", text = "delay=0.5", seconds = 0.5 }, faults.parse("delay=0.5"))
    assert.same({ name = "status", text = "status=503", status = 503 }, faults.parse("status=503"))
    assert.same({ name = "drop", text = "drop", early = false }, faults.parse("drop"))
    assert.same({ name = "drop", text = "drop=early", early = true }, faults.parse("drop=early"))
    assert.same({ name = "malformed", text = "malformed" }, faults.parse("malformed"))
  end)

  it("refuses anything else", function()
    for _, text in ipairs { "", "delay", "delay=x", "delay=-1", "delay=1e9", "delay=nan", "status", "status=99",
      "status=600", "status=5033", "drop=late", "malformed=1", "Drop", "other", "=1" } do
      local fault, problem = faults.parse(text)
      assert.is_nil(fault)
      assert.truthy(problem:find("delay=SECONDS", 1, true))
    end
  end)

  local function series(rate, seed, names)
    local list = {}
    for i, name in ipairs(names) do list[i] = { name = name } end
    local source, hits = faults.new(list, rate, seed), {}
    for i = 1, 1000 do
      local fault = source:next()
      hits[i] = fault and fault.name or "-"
    end
    return table.concat(hits)
  end

  it("strikes every request, none, or a share of them", function()
    assert.equal(("d"):rep(1000), series(nil, 1, { "d" }))
    assert.equal(("-"):rep(1000), series(0, 1, { "d" }))
    assert.equal(("-"):rep(1000), series(1, 1, {}))
    local _, count = series(0.1, 1, { "d" }):gsub("d", "")
    assert.is_true(count > 60 and count < 140)
  end)

  it("chooses among several, the same for the same seed", function()
    local first = series(0.5, 7, { "a", "b", "c" })
    for _, name in ipairs { "a", "b", "c" } do
      local _, count = first:gsub(name, "")
      assert.is_true(count > 100 and count < 240)
    end
    assert.equal(first, series(0.5, 7, { "a", "b", "c" }))
    assert.not_equal(first, series(0.5, 8, { "a", "b", "c" }))
  end)
end)

describe("simulate --fault", function()
  after_each(process.stop_all)

  --- The first octets of the answer to POST /sms, or nil when the connection is closed without any.
  local function post_raw(simulator)
    local body = cjson.encode(MESSAGE)
    local connection = web.connect(simulator.url)
    connection:send(("POST /sms HTTP/1.1\r\nHost: localhost\r\nX-VertexSMS-Token: t\r\n"
      .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
    local first = connection:receive("*l")
    connection:close()
    return first
  end

  it("status answers without taking the message", function()
    local simulator = simulators.start { "--fault", "status=503" }
    local status, answer = simulator:call("POST", "/sms", MESSAGE)
    assert.equal(503, status)
    assert.is_string(answer.message)
    simulator:expect("^POST /sms fault status=503$")
    simulator:stop()
    assert.is_nil(simulator:output():find("1281532560", 1, true))
  end)

  it("drop takes the message and closes", function()
    local simulator = simulators.start { "--fault", "drop" }
    assert.is_nil(post_raw(simulator))
    simulator:expect("^POST /sms fault drop$")
    simulator:expect("^POST /sms 200 1281532560 to 37069912345")
  end)

  it("drop=early closes without taking the message", function()
    local simulator = simulators.start { "--fault", "drop=early" }
    assert.is_nil(post_raw(simulator))
    simulator:expect("^POST /sms fault drop=early$")
    simulator:stop()
    assert.is_nil(simulator:output():find("1281532560", 1, true))
  end)

  it("malformed takes the message and cuts the answer", function()
    local simulator = simulators.start { "--fault", "malformed" }
    local headers = { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = "application/json" }
    local status, answer = web.request("POST", simulator.url .. "/sms", headers, cjson.encode(MESSAGE))
    assert.equal(200, status)
    assert.equal('["1281532560"', answer)
    status, answer = web.request("POST", simulator.url .. "/senderId", headers,
      '{"name":"TestSender","type":"AlphaNumeric"}')
    assert.equal(200, status)
    assert.truthy(answer:find("^<html>"))
  end)

  it("delay answers late: the report can come before", function()
    local endpoint = web.endpoint()
    local simulator = simulators.start { "--fault", "delay=1" }
    local body = cjson.encode { to = "37069912345", from = "MyShop", message = "a", dlrUrl = endpoint.url }
    local connection, started = web.connect(simulator.url), socket.gettime()
    connection:send(("POST /sms HTTP/1.1\r\nHost: localhost\r\nX-VertexSMS-Token: t\r\n"
      .. "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
    local _, _, report = endpoint:take("200 OK", "OK")
    assert.equal("1281532560", cjson.decode(report).id)
    assert.is_nil((socket.select({ connection }, nil, 0))[1])
    local first, _, answer = web.read_message(connection)
    assert.equal("HTTP/1.1 200 OK", first)
    assert.same({ "1281532560" }, cjson.decode(answer))
    assert.is_true(socket.gettime() - started >= 0.99)
    connection:close()
    endpoint:close()
  end)

  it("strikes the share that --fault-rate says, the same for the same --seed", function()
    local function statuses()
      local simulator = simulators.start { "--fault", "status=503", "--fault", "status=429", "--fault-rate", "0.5",
        "--seed", "7" }
      local all = {}
      for i = 1, 40 do all[i] = (simulator:call("POST", "/sms", MESSAGE)) end
      simulator:stop()
      return table.concat(all, " ")
    end
    local first = statuses()
    for _, status in ipairs { "200", "429", "503" } do assert.truthy(first:find(status, 1, true)) end
    assert.equal(first, statuses())
  end)
end)
