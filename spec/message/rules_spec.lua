local errors = require("vertexsms.error")
local message = require("spec.support.message")
local messages = require("vertexsms.message.rules")

local function refusal(changes, validate)
  local wire, err = messages.to_wire(message(changes), validate ~= false)
  assert.is_nil(wire)
  assert.is_true(errors.is_error(err))
  assert.equal("invalid_argument", err.kind)
  assert.equal("not_sent", err.outcome)
  assert.is_false(err.retryable)
  return err
end

local function accepted(changes, validate)
  local wire, err = messages.to_wire(message(changes), validate ~= false)
  assert.is_nil(err)
  return wire
end

describe("a message", function()
  it("goes over the wire under VertexSMS's own names", function()
    local all = {
      to = "37069912345", from = "MyShop", message = "text", dlrUrl = "https://example.com/dlr?key=1",
      priority = "high", scheduled = "2015-01-01T13:00:00+02:00", udh = "%05%00%03%CC%02%01", coding = 0,
      testMode = "1", expireIn = 360, correctBy = "LT",
    }
    assert.same(all, messages.to_wire(all, true))
  end)

  -- Documented as a string; a number, however Lua writes it, is what callers write.
  it("has testMode as a string", function()
    for _, validate in ipairs({ true, false }) do
      for given, expected in pairs({ [1] = "1", [2] = "2", ["1"] = "1", ["2"] = "2" }) do
        assert.equal(expected, messages.to_wire(message({ testMode = given }), validate).testMode)
      end
      assert.equal("2", messages.to_wire(message({ testMode = 4 / 2 }), validate).testMode)
    end
    assert.equal("3", messages.to_wire(message({ testMode = 3 }), false).testMode)
    assert.equal("on", messages.to_wire(message({ testMode = "on" }), false).testMode)
    assert.matches("^testMode must be an integer or string, not a boolean", refusal({ testMode = true }).message)
    assert.equal('testMode must be "1" or "2", not "3"', refusal({ testMode = "3" }).message)
  end)

  it("leaves the caller's table alone", function()
    local given = message({ to = "+37069912345" })
    local wire = messages.to_wire(given, true)
    assert.equal("37069912345", wire.to)
    assert.equal("+37069912345", given.to)
  end)

  it("keeps coding = 0 apart from no coding", function()
    assert.equal(0, accepted({ coding = 0 }).coding)
    assert.is_nil(accepted().coding)
  end)

  it("names the nearest known key", function()
    local err = refusal({ form = "x" })
    assert.equal("form", err.field)
    assert.matches('did you mean "from"?', err.message, 1, true)
    assert.matches('did you mean "dlrUrl"?', refusal({ dlr_url = "x" }).message, 1, true)
    assert.matches('did you mean "testMode"?', refusal({ testmode = 1 }).message, 1, true)
    assert.matches('did you mean "expireIn"?', refusal({ expire_in = 400 }).message, 1, true)
    assert.not_matches("did you mean", refusal({ zzzzzzzz = 1 }).message)
  end)

  it("names all keys where none is near", function()
    local names = {}
    for i, field in ipairs(require("vertexsms.message.fields")) do names[i] = field.name end
    assert.equal('"text" is not a field of the message; the fields are ' .. table.concat(names, ", "),
      refusal({ text = "x" }).message)
  end)

  it("may not have keys that are not names", function()
    assert.matches("number", refusal({ [1] = "x" }).message)
    assert.not_matches("[%c]", refusal({ ["a\nb"] = "x" }).message)
  end)

  for _, field in ipairs({ "to", "from", "message" }) do
    it("needs " .. field, function()
      local incomplete = message()
      incomplete[field] = nil
      local wire, err = messages.to_wire(incomplete, false)
      assert.is_nil(wire)
      assert.equal(field, err.field)
      assert.matches(field, err.message)
    end)
  end

  local long_url = "https://example.com/" .. ("x"):rep(2048)
  local refused = {
    to = {
      "", "abc", "+", "370 699", "37069912345\n", "37069912345\0", "03706991234", "1234567890123456", 37069912345,
    },
    from = { "", "invalid sender ID", "MyShop!", "Myshop\n", "1234567890123456", "\206\148elta", true },
    message = { "", "caf\233", "\237\160\128", "\192\128", 5 },
    dlrUrl = {
      "", "example.com/dlr", "ftp://example.com", "http://", "https://exa mple.com", "https://example.com/\r\nX: 1",
      long_url, {},
    },
    priority = { "urgent", "", "HIGH", 1 },
    scheduled = {
      "tomorrow", "2015-01-01", "2015-01-01T13:00:00", "2015-02-29T13:00:00+02:00", "2015-01-01T24:00:00+02:00",
      "2015-01-01 13:00:00+02:00", "2015-01-01T13:00:00+02:00\n", 1420110000,
    },
    coding = { 3, -1, 0.5, "0" },
    testMode = { 0, 3, true, 1.5, "0", "3", "", "01", "1.0", "on", 0 / 0, math.huge },
    expireIn = { 359, 432001, 400.5, 0 / 0, math.huge, "400" },
    correctBy = { "", "L", "LTU", "lt", "L1", 5 },
  }
  for field, values in pairs(refused) do
    for i, value in ipairs(values) do
      it(("refuses %s, case %d"):format(field, i), function()
        local err = refusal({ [field] = value })
        assert.equal(field, err.field)
        assert.equal(field, err.message:match("^%w+"))
      end)
    end
  end

  for _, udh in ipairs({ "", "050003CC0201", "%05%0", "%0g", "%05 %00" }) do
    it(("refuses udh %q"):format(udh), function()
      assert.equal("udh", refusal({ udh = udh, coding = 0 }).field)
    end)
  end

  it("refuses udh without coding", function()
    local err = refusal({ udh = "%05%00%03%CC%02%01" })
    assert.equal("udh", err.field)
    assert.matches("coding", err.message)
  end)

  it("takes the values at the edges", function()
    accepted({ expireIn = 360 })
    accepted({ expireIn = 432000 })
    accepted({ from = "abcdefghijk" })
    accepted({ from = "A. b 1" })
    accepted({ from = "123456789012345" })
    accepted({ to = "123456789012345" })
    accepted({ to = "69912345", correctBy = "LT" })
    accepted({ to = "069912345", correctBy = "LT" })
    accepted({ dlrUrl = "http://[::1]:8080/dlr" })
    accepted({ dlrUrl = "HTTPS://example.com:8443/a/b?c=d&e=%20#f" })
    accepted({ scheduled = "2016-02-29T23:59:59Z" })
    accepted({ message = "\0" })
  end)

  it("leaves to the service what only the service can know, when told so", function()
    local odd = { to = "123", from = "invalid sender ID", priority = "urgent", expireIn = 1, scheduled = "x" }
    local wire = accepted(odd, false)
    for field, value in pairs(odd) do assert.equal(value, wire[field]) end
    assert.equal("message", refusal({ message = "caf\233" }, false).field)
    assert.equal("from", refusal({ from = "caf\233" }, false).field)
    assert.equal("form", refusal({ form = "x" }, false).field)
    assert.equal("to", refusal({ to = 5 }, false).field)
  end)
end)
