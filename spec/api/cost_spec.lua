local cjson = require("cjson")
local message = require("spec.support.message")
local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local function messages(count)
  local list = {}
  for i = 1, count do list[i] = message({ message = "message " .. i }) end
  return list
end

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

describe("client:cost", function()
  local EXAMPLE = '[{"from":"VertexSMS","to":"37069912345","parts":1,"countryISO":"LT","mccmnc":"24601",'
    .. '"pricePerPart":0.035,"totalPrice":0.035,"currency":"EUR"}]'

  it("asks what is documented, of the status base URL", function()
    server:script({ body = EXAMPLE })
    local cost = server:safe({ base_url = "http://127.0.0.1:1", status_base_url = server.url }):cost(message())
    local row = {
      from = "VertexSMS", to = "37069912345", parts = 1, countryISO = "LT", mccmnc = "24601", pricePerPart = "0.035",
      totalPrice = "0.035", currency = "EUR",
    }
    assert.same(row, cost[1])
    for name, value in pairs(row) do assert.equal(value, cost[name]) end
    assert.same({ "0.035", 1, 1 }, { cost.total, #cost, cost.attempts })
    assert.is_true(cost.elapsed > 0)
    local request = server:request()
    assert.same({ "POST", "/sms/cost" }, { request.method, request.path })
    assert.same(message(), cjson.decode(request.body))
  end)

  it("adds up without floats", function()
    local rows = {}
    for i, price in ipairs({ "0.1", "0.2", "12345678901234567890.035", '"0.070"', "3.5e-5" }) do
      rows[i] = ('{"totalPrice":%s,"pricePerPart":null,"parts":%d,"currency":"EUR"}'):format(price, i)
    end
    server:script({ body = "[" .. table.concat(rows, ",") .. "]" })
    local cost = server:safe():cost(messages(5))
    assert.equal("12345678901234567890.405035", cost.total)
    assert.same({ "EUR", 15, "3.5e-5", "0.070" }, { cost.currency, cost.parts, cost[5].totalPrice, cost[4].totalPrice })
    assert.is_nil(cost[1].pricePerPart)
    assert.equal("[", server:request().body:sub(1, 1))
  end)

  it("does not add up euros and dollars", function()
    server:script({ body = '[{"totalPrice":1,"currency":"EUR"},{"totalPrice":1,"currency":"USD"}]' })
    local cost = server:safe():cost(messages(2))
    assert.is_nil(cost.total)
    assert.is_nil(cost.currency)
    assert.equal("USD", cost[2].currency)
  end)

  it("asks in batches, and in order", function()
    server:script({ body = '[{"totalPrice":1},{"totalPrice":2}]' }, { body = '[{"totalPrice":3}]' })
    local cost = server:safe({ batch_size = 2 }):cost(messages(3))
    assert.same({ "6", "3", 2 }, { cost.total, cost[3].totalPrice, #server:requests() })
  end)

  it("is a read: repeated on whatever may pass", function()
    server:script({ status = 500 }, { body = EXAMPLE })
    local cost = server:safe({ retry = { base = 0 } }):cost(message())
    assert.same({ 2, "0.035" }, { cost.attempts, cost.total })
  end)

  it("says what stands in the way", function()
    server:script({ status = 400, body = '{"message":"No route"}' })
    local cost, err = server:safe():cost(message())
    assert.is_nil(cost)
    assert.same({ "invalid_request", "No route" }, { err.kind, err.message })
  end)

  it("refuses what is neither a message nor a list of them", function()
    local client = server:safe()
    for _, wrong in ipairs({ {}, { message(), "x" }, { to = "37069912345" }, { [3] = message() } }) do
      local cost, err = client:cost(wrong)
      assert.is_nil(cost)
      assert.equal("invalid_argument", err.kind)
    end
    assert.has_error(function() client:cost("text") end)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, EXAMPLE, function() return client:cost(message()) end, function(cost)
      assert(#cost == 1 and type(cost[1].totalPrice) == "string")
      assert(cost.parts == nil or cost.parts % 1 == 0)
      assert(cost.total == nil or cost.total:find("^%-?%d+%.?%d*$"))
    end)
  end)

  it("is of the simplified text, with smart_encoding", function()
    server:script({ body = '[{"totalPrice":0.035}]' })
    assert.is_table((server:safe({ smart_encoding = true }):cost(message({ message = "a…" }))))
    assert.equal("a...", cjson.decode(server:request().body).message)
  end)
end)
