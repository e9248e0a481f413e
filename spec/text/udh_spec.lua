local messages = require("vertexsms.message.rules")
local refusal = require("spec.support.refusal")
local text = require("vertexsms.text")

describe("a user data header", function()
  it("is read, with what it leaves for each coding", function()
    assert.same({
      length = 6,
      elements = { { iei = 0, data = "\204\2\1" } },
      concatenation = { bits = 8, ref = 0xCC, parts = 2, part = 1 },
      capacity = { [0] = 153, [1] = 134, [2] = 67 },
    }, text.udh("%05%00%03%CC%02%01"))
    assert.same({
      length = 7,
      elements = { { iei = 8, data = "\1\204\3\3" } },
      concatenation = { bits = 16, ref = 0x1CC, parts = 3, part = 3 },
      capacity = { [0] = 152, [1] = 133, [2] = 66 },
    }, text.udh.parse("%06%08%04%01%cc%03%03"))
  end)

  it("is read as /sms/status answers it", function()
    assert.same(text.udh("%05%00%03%CC%02%01"), text.udh("0x050003CC0201"))
    assert.same(text.udh("%05%00%03%CC%02%01"), text.udh("050003cc0201"))
  end)

  it("may have any elements, or none", function()
    local ports = text.udh("%06%05%04%0B%84%23%F0")
    assert.same({ { iei = 5, data = "\11\132\35\240" } }, ports.elements)
    assert.is_nil(ports.concatenation)
    assert.same({ length = 1, elements = {}, capacity = { [0] = 158, [1] = 139, [2] = 69 } }, text.udh("%00"))
    assert.equal(2, #text.udh("%0B%05%04%0B%84%23%F0%00%03%CC%02%01").elements)
  end)

  it("counts the last of two concatenations", function()
    local both = text.udh("%0B%00%03%01%02%01%08%04%00%02%03%02")
    assert.same({ bits = 16, ref = 2, parts = 3, part = 2 }, both.concatenation)
  end)

  it("must be written in hex pairs", function()
    for _, bad in ipairs({
      "", "%", "%0", "%05%00%03%CC%02%0", "%05%00%03%CC%02%0G", "05%00%03%CC%02%01", "%05%00%03CC0201", "0x", "0",
      "%05%00%03%CC%02%01\n", " %05%00%03%CC%02%01", "%05 %00%03%CC%02%01", "%05%00%03%CC%02%01%", "0x05000", "\0",
    }) do
      assert.matches("hexadecimal pairs", refusal(text.udh, bad).message, nil, bad)
    end
  end)

  it("must be as long as it says", function()
    assert.matches("UDHL", refusal(text.udh, "%04%00%03%CC%02%01").message)
    assert.matches("UDHL", refusal(text.udh, "%06%00%03%CC%02%01").message)
    assert.matches("element at octet 2", refusal(text.udh, "%05%00%04%CC%02%01").message)
    assert.matches("element at octet 2", refusal(text.udh, "%01%00").message)
    assert.matches("element at octet 7", refusal(text.udh, "%06%00%03%CC%02%01%00").message)
    assert.matches("140 octets", refusal(text.udh, "%8C%70%8A" .. ("%00"):rep(138)).message)
    assert.equal(140, text.udh("%8B%70%89" .. ("%00"):rep(137)).length)
  end)

  it("must have a concatenation that a handset acts on", function()
    assert.matches("part 3 of 2", refusal(text.udh, "%05%00%03%CC%02%03").message)
    assert.matches("part 0 of 2", refusal(text.udh, "%05%00%03%CC%02%00").message)
    assert.matches("part 1 of 0", refusal(text.udh, "%05%00%03%CC%00%01").message)
    assert.matches("IEI 00", refusal(text.udh, "%04%00%02%CC%02").message)
    assert.matches("IEI 08", refusal(text.udh, "%05%08%03%CC%02%01").message)
  end)

  it("is built of a concatenation", function()
    assert.equal("%05%00%03%CC%02%01", text.udh.build({ concatenation = { ref = 0xCC, parts = 2, part = 1 } }))
    assert.equal("%06%08%04%01%CC%FF%FF",
      text.udh({ concatenation = { bits = 16, ref = 0x1CC, parts = 255, part = 255 } }))
  end)

  it("is built of elements, a concatenation in front", function()
    local ports = { iei = 5, data = "\11\132\35\240" }
    assert.equal("%06%05%04%0B%84%23%F0", text.udh.build({ elements = { ports } }))
    assert.equal("%0B%00%03%01%02%01%05%04%0B%84%23%F0",
      text.udh.build({ elements = { ports }, concatenation = { ref = 1, parts = 2, part = 1 } }))
    assert.equal("%00", text.udh.build({}))
  end)

  it("is built of what a metatable makes up", function()
    local elements, expected = {}, "%84"
    for i = 1, 3 do
      local data = string.char(64 + i)
      elements[i] = setmetatable({}, {
        __index = function(_, name)
          collectgarbage()
          return name == "iei" and 0x70 or data:rep(42)
        end,
      })
      expected = expected .. "%70%2A" .. ("%%%02X"):format(64 + i):rep(42)
    end
    assert.equal(expected, text.udh.build({ elements = elements }))
  end)

  it("is built again of what was read", function()
    for _, written in ipairs({ "%05%00%03%CC%02%01", "%0B%05%04%0B%84%23%F0%00%03%CC%02%01", "%00" }) do
      assert.equal(written, text.udh.build(text.udh.parse(written)))
    end
  end)

  it("is not built of what no header can hold", function()
    local function concatenation(ref, parts, part, bits)
      return refusal(text.udh.build, { concatenation = { ref = ref, parts = parts, part = part, bits = bits } })
    end
    assert.equal("ref", concatenation(256, 2, 1).field)
    assert.equal("ref", concatenation(65536, 2, 1, 16).field)
    assert.equal("bits", concatenation(1, 2, 1, 12).field)
    assert.equal("parts", concatenation(1, 256, 1).field)
    assert.equal("part", concatenation(1, 2, 3).field)
    assert.equal("part", concatenation(1, 2, 0).field)
    assert.equal("iei", refusal(text.udh.build, { elements = { { iei = 256, data = "" } } }).field)
    assert.equal("data", refusal(text.udh.build, { elements = { { iei = 1 } } }).field)
    assert.equal("elements", refusal(text.udh.build, { elements = { 5 } }).field)
    assert.matches("140 octets", refusal(text.udh.build, { elements = { { iei = 1, data = ("x"):rep(138) } } }).message)
    assert.matches("IEI 00", refusal(text.udh.build, { elements = { { iei = 0, data = "x" } } }).message)
    local many = {}
    for i = 1, 80 do many[i] = { iei = 1, data = "" } end
    assert.matches("140 octets", refusal(text.udh.build, { elements = many }).message)
  end)

  it("leaves what is left after the fill bits", function()
    assert.same({ 160, 140, 70 }, { text.udh.capacity(0), text.udh.capacity(1), text.udh.capacity(2) })
    assert.same({ 153, 134, 67 }, { text.udh.capacity(0, 6), text.udh.capacity(1, 6), text.udh.capacity(2, 6) })
    assert.same({ 152, 133, 66 }, { text.udh.capacity(0, 7), text.udh.capacity(1, 7), text.udh.capacity(2, 7) })
    assert.same({ 0, 0, 0 }, { text.udh.capacity(0, 140), text.udh.capacity(1, 200), text.udh.capacity(2, 139) })
  end)

  it("is text or a table", function()
    assert.equal("udh", refusal(text.udh, 5).field)
    assert.equal("header", refusal(text.udh.build, "x").field)
    local nothing, err = text.safe.udh("%")
    assert.is_nil(nothing)
    assert.equal("udh", err.field)
  end)
end)

describe("a message that is not split by VertexSMS", function()
  local UDH8, UDH16 = "%05%00%03%CC%02%01", "%06%08%04%01%CC%02%01"

  local function check(coding, udh, content, validate)
    return messages.to_wire({ to = "37069912345", from = "MyShop", message = content, coding = coding, udh = udh },
      validate ~= false)
  end

  local function fits(coding, udh, content)
    local wire, err = check(coding, udh, content)
    assert.is_nil(err)
    assert.equal(content, wire.message)
  end

  local function does_not_fit(coding, udh, content, limit)
    local wire, err = check(coding, udh, content)
    assert.is_nil(wire)
    assert.equal("invalid_argument", err.kind)
    assert.equal("message", err.field)
    assert.matches(limit, err.message, 1, true)
    assert.equal(content, check(coding, udh, content, false).message)
  end

  it("fits one part, of the size that its coding and its udh leave", function()
    local cases = {
      { 0, nil, "x", 160, "160 septets" }, { 0, UDH8, "x", 153, "153 septets" }, { 0, UDH16, "x", 152, "152 septets" },
      { 1, nil, "x", 140, "140 octets" }, { 1, UDH8, "x", 134, "134 octets" }, { 1, UDH16, "x", 133, "133 octets" },
      { 2, nil, "ж", 70, "70 UTF-16" }, { 2, UDH8, "ж", 67, "67 UTF-16" }, { 2, UDH16, "x", 66, "66 UTF-16" },
      { 0, nil, "€", 80, "160 septets" }, { 2, nil, "😀", 35, "70 UTF-16" }, { 1, nil, "ж", 70, "140 octets" },
      { 2, nil, "[", 70, "70 UTF-16" },
    }
    for _, case in ipairs(cases) do
      local coding, udh, char, most, limit = case[1], case[2], case[3], case[4], case[5]
      fits(coding, udh, char:rep(most))
      does_not_fit(coding, udh, char:rep(most + 1), limit)
    end
    does_not_fit(2, nil, ("x"):rep(100000), "70 UTF-16")
    does_not_fit(0, "%8B%70%89" .. ("%00"):rep(137), "x", "0 septets")
  end)

  it("is GSM-7 where it says so", function()
    does_not_fit(0, nil, "It’s", "U+2019 at character 3")
    does_not_fit(0, UDH8, "`", "U+0060")
    fits(2, nil, "It’s")
  end)

  it("may be of another alphabet where the udh says so", function()
    local turkish = "%03%24%01%01"
    fits(0, turkish, ("ğ"):rep(155))
    does_not_fit(0, turkish, ("ğ"):rep(156), "155 septets")
  end)

  it("has a udh that is one", function()
    local function udh_error(udh)
      local _, err = check(0, udh, "x")
      assert.equal("udh", err.field)
      return err.message
    end
    assert.matches("UDHL", udh_error("%04%00%03%CC%02%01"))
    assert.matches("part 3 of 2", udh_error("%05%00%03%CC%02%03"))
    assert.matches("hexadecimal pairs", udh_error("0x050003CC0201"))
    assert.matches("140 octets", udh_error("%8C%70%8A" .. ("%00"):rep(138)))
    assert.equal("x", check(0, "%04%00%03%CC%02%01", "x", false).message)
  end)
end)

describe("a message that VertexSMS splits", function()
  it("has at most 255 parts", function()
    local function check(content)
      return messages.to_wire({ to = "37069912345", from = "MyShop", message = content }, true)
    end
    assert.is_table(check(("x"):rep(255 * 153)))
    local _, err = check(("x"):rep(255 * 153 + 1))
    assert.equal("message", err.field)
    assert.matches("255 parts", err.message)
  end)
end)
