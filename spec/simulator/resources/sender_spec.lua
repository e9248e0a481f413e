local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("simulator: POST /senderId", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local function register(fields)
    local sender = { name = "TestSender", type = "AlphaNumeric" }
    for name, value in pairs(fields or {}) do sender[name] = value end
    return simulator:call("POST", "/senderId", sender)
  end

  local function register_number(fields)
    fields = fields or {}
    fields.name, fields.type = "37069555555", "MSISDN"
    local _, id = register(fields)
    return id, simulator:expect("^POST /senderId 200 " .. id .. " MSISDN 37069555555, its PIN is (%d%d%d%d%d)$")
  end

  local function confirm(id, code)
    return simulator:call("POST", "/senderId/confirm/" .. id, { code = code })
  end

  it("answers with the ID as plain text", function()
    local status, id, head = register { category = "Other", categoryDescription = "A test." }
    assert.equal(200, status)
    assert.equal("123", id)
    assert.equal("plain/text", head["content-type"])
    simulator:expect("^POST /senderId 200 123 AlphaNumeric TestSender$")
  end)

  it("takes a mobile number with a plus, and null as nothing", function()
    assert.equal(200, (register({ name = "+37069555556", type = "MSISDN", category = cjson.null })))
    simulator:expect("MSISDN 37069555556, its PIN is ")
  end)

  it("tells notificationUrl", function()
    local endpoint = web.endpoint()
    local _, id = register { notificationUrl = endpoint.url }
    local _, _, body = endpoint:take("200 OK", "OK")
    assert.same({ id = id }, cjson.decode(body))
    endpoint:close()
  end)

  it("takes every name and category that is documented", function()
    for _, name in ipairs { "abc", "Test-Sender", "A_&#!9" } do assert.equal(200, (register { name = name })) end
    for _, category in ipairs { "Company", "Product", "Brand", "Shortcode", "Landline", "Other" } do
      assert.equal(200, (register { category = category }))
    end
  end)

  it("refuses any other", function()
    for _, fields in ipairs { { name = "ab" }, { name = "abcdefghijkl" }, { name = "My Shop" }, { name = "Šventė" },
      { type = "Other" }, { category = "other" }, { name = cjson.null }, { type = cjson.null },
      { notificationUrl = "example.com" }, { type = "MSISDN" }, { type = "MSISDN", name = "069555555" } } do
      local status, answer = register(fields)
      assert.equal(400, status)
      assert.truthy(answer.message:find("^%u%l+ value for field '%a+'%."))
    end
    assert.equal(400, (simulator:call("POST", "/senderId", "[]")))
  end)

  it("waits for the PIN of a number", function()
    local endpoint = web.endpoint()
    local id, pin = register_number { notificationUrl = endpoint.url }
    local wrong = pin == "00000" and "00001" or "00000"
    local status, answer = confirm(id, wrong)
    assert.equal(400, status)
    assert.same({ message = "Invalid value for field 'code'. It is not the PIN that was sent." }, answer)
    local head
    status, answer, head = confirm(id, pin)
    assert.equal(200, status)
    assert.equal(id, answer)
    assert.equal("plain/text", head["content-type"])
    local _, _, body = endpoint:take("200 OK", "OK")
    assert.same({ id = id }, cjson.decode(body))
    endpoint:close()
  end)

  it("is in conflict with a sender that waits for no PIN", function()
    local id, pin = register_number()
    assert.equal(200, (confirm(id, pin)))
    assert.equal(409, (confirm(id, pin)))
    local _, name = register()
    assert.equal(409, (confirm(name, "12345")))
  end)

  it("does not know other senders", function()
    local id, pin = register_number()
    for _, other in ipairs { "1", "x", "0" .. id } do assert.equal(404, (confirm(other, pin))) end
    assert.equal(404, (simulator:call("POST", "/senderId/confirm/" .. id, { code = pin }, "another token")))
    local status, answer = simulator:call("POST", "/senderId/confirm/" .. id, "{}")
    assert.equal(400, status)
    assert.same({ message = "Missing value for field 'code'." }, answer)
  end)

  it("draws the same PINs for the same seed", function()
    local pins = {}
    for i = 1, 2 do
      local seeded = simulators.start { "--seed", "7" }
      seeded:call("POST", "/senderId", { name = "37069555555", type = "MSISDN" })
      pins[i] = seeded:expect("its PIN is (%d+)$")
      seeded:stop()
    end
    assert.equal(pins[1], pins[2])
  end)
end)
