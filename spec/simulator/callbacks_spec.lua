-- The switches that make callbacks as unpleasant as they can be in production.

local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local socket = require("socket")
local web = require("spec.support.web")

describe("simulator.callbacks", function()
  local endpoint, simulator

  before_each(function() endpoint = web.endpoint() end)
  after_each(function()
    endpoint:close()
    process.stop_all()
  end)

  local function send(count)
    local messages = {}
    for i = 1, count do
      messages[i] = { to = "37069912345", from = "MyShop", message = "a", dlrUrl = endpoint.url .. "/?secret=hidden" }
    end
    local _, ids = simulator:call("POST", "/sms", messages)
    return ids
  end

  local function take_id()
    local _, _, body = endpoint:take("200 OK", "OK")
    return cjson.decode(body).id
  end

  it("come twice with --duplicate, the second after the first was answered", function()
    simulator = simulators.start { "--duplicate", "--dlr-retry", "0.01" }
    local id = send(1)[1]
    local _, _, refused = endpoint:take("500 Oops", "no")
    local _, _, first = endpoint:take("200 OK", "OK")
    local _, _, second = endpoint:take("200 OK", "OK")
    assert.equal(id, cjson.decode(first).id)
    assert.equal(refused, first)
    assert.equal(first, second)
    simulator:expect("^report " .. id .. ".* 200 OK$")
    simulator:expect("^report " .. id .. ".* 200 OK$")
  end)

  it("change places two by two with --reorder; the last of an odd number goes alone", function()
    simulator = simulators.start { "--reorder" }
    local ids = send(5)
    local seen = {}
    for i = 1, 5 do seen[i] = take_id() end
    for _, pair in ipairs { { 1, 2 }, { 3, 4 } } do
      local at = {}
      for i, id in ipairs(seen) do at[id] = i end
      assert.is_true(at[ids[pair[1]]] > at[ids[pair[2]]])
    end
    assert.equal(ids[5], seen[5])
  end)

  it("come later with --late, while the status is final already", function()
    simulator = simulators.start { "--late", "0.3" }
    local started = socket.gettime()
    local id = send(1)[1]
    local _, status = simulator:call("GET", "/sms/status/" .. id)
    assert.equal("delivered", status.status)
    assert.equal(id, take_id())
    assert.is_true(socket.gettime() - started >= 0.29)
  end)

  it("are signed with the secret of the environment", function()
    simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_SIGNATURE_SECRET = "it's a secret" })
    send(1)
    local _, head, body = endpoint:take("200 OK", "OK")
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(body)
    file:close()
    local code, output = process.run { "openssl", "dgst", "-sha256", "-hmac", "it's a secret", "-r", path }
    os.remove(path)
    assert.equal(0, code)
    assert.equal(output:match("^%x+"), head["x-vertexsms-signature"])
    assert.truthy(head["x-vertexsms-signature"]:find("^[0-9a-f]+$"))
    simulator:stop()
    assert.is_nil(simulator:output():find("secret", 1, true))
  end)

  it("are not signed without one", function()
    simulator = simulators.start({}, { VERTEXSMS_SIMULATOR_SIGNATURE_SECRET = "" })
    send(1)
    local _, head = endpoint:take("200 OK", "OK")
    assert.is_nil(head["x-vertexsms-signature"])
  end)
end)
