local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local cjson = require("cjson")

describe("callback.parse", function()
  local function parse(body)
    local report = callback.parse(body)
    assert.equal(body, report.body)
    report.body = nil
    rawset(report, "raw", nil)
    return report
  end

  it("reads a delivery report", function()
    assert.same({
      kind = "dlr", id = "1281532560", state = "delivered", final = true, error = 0, reason = "no error", class = "ok",
      mcc = "246", mnc = "021",
    }, parse(calls.DLR))
  end)

  it("takes numbers for text and text for numbers, and loses no digit", function()
    assert.same(parse('{"id":"12815325601281532567","status":"16","error":"2","mcc":"246","mnc":"1"}'),
      parse('{"id":12815325601281532567,"status":16,"error":2,"mcc":246,"mnc":1}'))
    assert.equal("12815325601281532567", callback.parse('{"id":12815325601281532567,"status":1}').id)
    assert.equal(0, callback.parse('{"id":"1","status":"1","error":"0"}').error)
  end)

  it("skips a byte order mark", function()
    local report = callback.parse('\239\187\191{"id":7,"status":1,"more":[1]}')
    assert.same({ "7", "delivered", "1" }, { report.id, report.state, report.raw.more[1] })
  end)

  it("knows every state", function()
    local states = {}
    for _, status in ipairs({ "1", "2", "3", "16", '"1"', '"16"', "9", "0", "-1", '"delivered"', '"undelivered"' }) do
      local report = callback.parse(('{"id":"1","status":%s}'):format(status))
      assert.equal("dlr", report.kind)
      states[#states + 1] = report.state .. (report.final and "!" or "")
    end
    assert.same({ "delivered!", "undelivered!", "seen!", "expired!", "delivered!", "expired!", "unknown", "unknown",
      "unknown", "delivered!", "undelivered!" }, states)
  end)

  it("calls a message expired that is undelivered because its time was over", function()
    for _, body in ipairs({ '{"id":"1","status":"2","error":"2"}', '{"id":1,"status":2,"error":2}' }) do
      local report = callback.parse(body)
      assert.same({ "expired", true, 2, "validity period expired", "temporary" },
        { report.state, report.final, report.error, report.reason, report.class })
      assert.equal("2", report.raw.status)
    end
    assert.equal("undelivered", callback.parse('{"id":"1","status":"2","error":"43"}').state)
    assert.equal("delivered", callback.parse('{"id":"1","status":"1","error":"2"}').state)
  end)

  it("takes a status that is not known for a delivery report of unknown state", function()
    for _, status in ipairs({ '"approved"', '"Buffered"', "7", "1.5", '"1e0"', '"-1.0"' }) do
      local report = callback.parse(('{"id":"1","status":%s,"error":"0"}'):format(status))
      assert.same({ "dlr", "unknown", false }, { report.kind, report.state, report.final })
    end
  end)

  it("takes an integer for one however it is written", function()
    local function fields(id, status, code)
      local report = callback.parse(('{"id":%s,"status":%s,"error":%s}'):format(id, status, code))
      return table.concat({ report.id, report.state, tostring(report.error) }, " ")
    end
    for _, written in ipairs({ { "1200000001.0", "1.0", "2.0" }, { "1.200000001e9", "1e0", "20E-1" },
      { '"1200000001.0"', '"1.00"', '"2.0"' }, { "1200000001000e-3", "0.1e+1", "2" } }) do
      assert.equal("1200000001 delivered 2", fields(written[1], written[2], written[3]))
    end
    assert.equal("12E5 delivered 0", fields('"12E5"', '"1"', "0"))
    assert.equal("007 delivered 0", fields('"007"', '"1"', "0"))
    assert.equal("1.5 unknown nil", fields("1.5", "1.5", "1.5"))
    assert.equal("0 unknown 0", fields("-0", "1e999", "-0.0"))
    assert.equal("1e999999999999 unknown nil", fields("1e999999999999", "1e400", "1e-5"))
    assert.equal("1200000001.0", callback.parse('{"id":1200000001.0,"status":1}').raw.id)
  end)

  it("compares words without case", function()
    for _, word in ipairs({ "Delivered", "DELIVERED", "delivered" }) do
      assert.equal("delivered", callback.parse(('{"id":"1","status":"%s"}'):format(word)).state)
    end
    assert.equal("expired", callback.parse('{"id":"1","status":"EXPIRED"}').state)
  end)

  it("knows every code, and does not fail on others", function()
    local classes = {
      [0] = "ok", [1] = "permanent", [2] = "temporary", [20] = "account", [21] = "permanent", [22] = "duplicate",
      [23] = "throttle", [24] = "account", [40] = "temporary", [41] = "permanent", [43] = "temporary",
      [51] = "unknown", [53] = "permanent", [999] = "unknown",
    }
    for code, class in pairs(classes) do
      local report = callback.parse(('{"id":"1","status":2,"error":%d}'):format(code))
      assert.equal(class, report.class)
      assert.is_nil(report.reason:find("unknown code", 1, true))
    end
    local report = callback.parse('{"id":"1","status":2,"error":"77"}')
    assert.same({ 77, "unknown code 77", "unknown" }, { report.error, report.reason, report.class })
    for _, strange in ipairs({ "null", "{}", "[]", "true", '""', '"x"', "1.5", "99999999999999999999" }) do
      report = callback.parse(('{"id":"1","status":1,"error":%s}'):format(strange))
      assert.same({ nil, nil, "unknown" }, { report.error, report.reason, report.class })
    end
  end)

  it("reads an HLR result", function()
    assert.same({
      kind = "hlr", id = "1203877133", state = "unknown", final = true, error = 0, reason = "no error", class = "ok",
      imsi = "2460210051600001", country = "LT", mcc = "246", mnc = "021", operatorId = "7",
      ported = { operatorId = "8", operator = "BITE", country = "LT" },
    }, parse('{"id":"1203877133","error":"0","imsi":2460210051600001,"country":"LT","mcc":"246","mnc":"021",'
      .. '"operatorId":7,"ported":{"operatorId":8,"operator":"BITE","country":"LT"}}'))
    assert.equal("hlr", callback.parse('{"id":1,"error":"40"}').kind)
    assert.equal("hlr", callback.parse('{"id":1,"imsi":"1"}').kind)
    assert.same({}, callback.parse('{"id":1,"ported":{"operatorId":null,"operator":"","country":{}}}').ported)
    assert.same({ operator = "BITE" }, callback.parse('{"id":1,"imsi":"1","ported":[{"operator":"BITE"}]}').ported)
    for _, nothing in ipairs({ "[]", "{}", "null", "false" }) do
      assert.is_nil(callback.parse(('{"id":1,"imsi":"1","ported":%s}'):format(nothing)).ported)
    end
  end)

  it("hands a sender notification over as it is", function()
    local report = callback.parse('{"id":123,"status":"approved","x":[1,{"y":null}]}', "sender")
    assert.same({ "sender", "123", "unknown", false }, { report.kind, report.id, report.state, report.final })
    assert.same({ id = "123", status = "approved", x = { "1", { y = cjson.null } } }, report.raw)
    assert.equal("sender", callback.parse('{"id":"1"}').kind)
    assert.equal("unknown", callback.parse('{"id":"1","status":"1"}', "hlr").state)
    assert.equal(report.raw, report.raw)
    assert.equal("hlr", callback.parse('{"id":"1"}', "hlr").kind)
  end)

  it("refuses what is not a report", function()
    for _, body in ipairs({ "", " ", "{", "[]", "1", "null", '"x"', "{}", '{"id":null}', '{"id":""}', '{"id":{}}',
      '{"id":true}', '[{"id":"1"}]', '{"id":"1"} x', "<html>", ('{"id":"%s"}'):format(("1"):rep(129)) }) do
      assert.equal("body", calls.refused(callback.parse, body).field)
      local report, err = callback.safe.parse(body)
      assert.is_nil(report)
      assert.equal("invalid_argument", err.kind)
    end
    assert.equal(128, #callback.parse(('{"id":"%s"}'):format(("1"):rep(128))).id)
    assert.has_error(function() callback.parse(nil) end)
  end)

  it("refuses what is too long or too deep", function()
    local function of_size(size)
      return ('{"id":"1","x":"%s"}'):format(("a"):rep(size - #'{"id":"1","x":""}'))
    end
    local function of_depth(depth)
      return ('{"id":"1","x":%s%s}'):format(("["):rep(depth - 1), ("]"):rep(depth - 1))
    end
    assert.equal("1", callback.parse(of_size(65536)).id)
    assert.matches("at most 65536 octets", calls.refused(callback.parse, of_size(65537)).message)
    assert.equal("1", callback.parse(of_depth(16)).id)
    assert.is_table(callback.parse(of_depth(16)).raw.x)
    assert.matches("JSON", calls.refused(callback.parse, of_depth(17)).message)
    calls.refused(callback.parse, ("["):rep(60000))
  end)
end)
