local core = require("vertexsms.core")
local reference = require("spec.support.text_reference")
local refusal = require("spec.support.refusal")
local smart_encoding = require("vertexsms.text.smart_encoding")
local text = require("vertexsms.text")

local function cost(encoding, units, per_part, chars, left)
  return { encoding = encoding, units = units, parts = #per_part, per_part = per_part, chars = chars, left = left }
end

describe("analyze", function()
  it("counts an empty text as one part of nothing", function()
    assert.same(cost("GSM-7", 0, { 0 }, 0, 160), text.analyze(""))
  end)

  it("fills one part of GSM-7 with 160 septets, and the parts of more with 153", function()
    assert.same(cost("GSM-7", 160, { 160 }, 160, 0), text.analyze(("x"):rep(160)))
    assert.same(cost("GSM-7", 161, { 153, 8 }, 161, 145), text.analyze(("x"):rep(161)))
    assert.same(cost("GSM-7", 306, { 153, 153 }, 306, 0), text.analyze(("x"):rep(306)))
    assert.same(cost("GSM-7", 307, { 153, 153, 1 }, 307, 152), text.analyze(("x"):rep(307)))
  end)

  it("fills parts of UCS-2 with 70 or 67 code units", function()
    local one = text.analyze(("ž"):rep(70))
    assert.same({ "UCS-2", 70, 1, 0 }, { one.encoding, one.units, one.parts, one.left })
    assert.same({ 67, 4 }, text.analyze(("ž"):rep(71)).per_part)
  end)

  it("leaves 152 septets or 66 code units beside a reference of 16 bits", function()
    local options = { reference = 16 }
    assert.equal(1, text.analyze(("x"):rep(160), options).parts)
    assert.same({ 152, 9 }, text.analyze(("x"):rep(161), options).per_part)
    assert.same({ 66, 5 }, text.analyze(("ж"):rep(71), options).per_part)
  end)

  it("keeps an escape and what it escapes in one part", function()
    -- 152 septets, then two: the last one of the first part stays free
    local found = text.analyze(("x"):rep(152) .. "€" .. ("x"):rep(10))
    assert.same(cost("GSM-7", 164, { 152, 12 }, 163, 141), found)
    assert.same({ 152, 152, 16 }, text.analyze(("["):rep(160)).per_part)
  end)

  it("keeps a surrogate pair in one part", function()
    local found = text.analyze(("ж"):rep(66) .. "😀" .. ("ж"):rep(10))
    assert.same({ 66, 12 }, found.per_part)
    assert.same({ 78, 77 }, { found.units, found.chars })
  end)

  it("names the first character that is not GSM-7", function()
    assert.same({ char = "’", codepoint = "U+2019", position = 4, byte = 5 }, text.analyze("éIt’s “x”").culprit)
    assert.same({ char = "😀", codepoint = "U+1F600", position = 1, byte = 1 }, text.analyze("😀").culprit)
    assert.same({ char = "\0", codepoint = "U+0000", position = 2, byte = 2 }, text.analyze("a\0").culprit)
    assert.is_nil(text.analyze("plain").culprit)
  end)

  it("knows the alphabet, code point by code point", function()
    assert.equal("GSM-7", text.analyze(reference.ALPHABET .. reference.EXTENSION).encoding)
    assert.equal(127 + 2 * 10, text.analyze(reference.ALPHABET .. reference.EXTENSION).units)
    for _, foreign in ipairs({ "`", "ç", "\27", "\t", "\0", "\127", "á", "Α", "π", "ς", "\194\160", "\226\132\166" }) do
      assert.equal("UCS-2", text.analyze(foreign).encoding, foreign)
    end
    assert.equal("GSM-7", text.analyze("Ç").encoding)
  end)

  it("refuses more than 255 parts", function()
    assert.equal(255, text.analyze(("x"):rep(255 * 153)).parts)
    assert.equal(255, text.analyze(("ž"):rep(255 * 67)).parts)
    assert.matches("255 parts", refusal(text.analyze, ("x"):rep(255 * 153 + 1)).message)
    assert.matches("255 parts", refusal(text.analyze, ("ž"):rep(255 * 67 + 1)).message)
    -- by filling: 76 of two septets each leave one septet free in each part
    assert.equal(255, text.analyze(("€"):rep(255 * 76)).parts)
    assert.matches("255 parts", refusal(text.analyze, ("€"):rep(255 * 76 + 1)).message)
  end)

  it("names the byte at which a text is not UTF-8", function()
    local cases = {
      ["\255"] = 1, ["ab\192\128"] = 3, ["\224\128\128"] = 1, ["x\237\160\128"] = 2, ["\240\128\128\128"] = 1,
      ["\244\144\128\128"] = 1, ["caf\195"] = 4, ["\226\130"] = 1, ["ž\128"] = 3, ["\248\136\128\128\128"] = 1,
      [("x"):rep(64) .. "\240\159\152"] = 65, [("ж"):rep(100) .. "\193\191"] = 201,
    }
    for bad, byte in pairs(cases) do
      local err = refusal(text.analyze, bad)
      assert.equal(byte, err.byte)
      assert.matches("byte " .. byte .. "$", err.message)
    end
  end)

  it("looks at the whole text before it counts parts", function()
    assert.equal(200001, refusal(text.analyze, ("x"):rep(200000) .. "\255").byte)
  end)

  it("refuses options that it does not have", function()
    assert.equal("reference", refusal(text.analyze, "x", { reference = 12 }).field)
    assert.matches('did you mean "reference"?', refusal(text.analyze, "x", { refrence = 8 }).message, 1, true)
    assert.equal("text", refusal(text.analyze, nil).field)
    assert.equal("options", refusal(text.analyze, "x", 16).field)
  end)

  it("has a twin that returns its errors", function()
    assert.equal("GSM-7", text.safe.analyze("x").encoding)
    local nothing, err = text.safe.analyze("\255")
    assert.is_nil(nothing)
    assert.equal(1, err.byte)
  end)
end)

describe("count", function()
  it("gives the same numbers without a table", function()
    assert.same({ 2, "GSM-7", 161, 145, 161 }, { text.count(("x"):rep(161)) })
    assert.equal(3, (text.count(("x"):rep(305), { reference = 16 })))
  end)

  it("allocates nothing for a text of one part", function()
    local sample = ("x€"):rep(50)
    local least = math.huge -- LuaJIT counts the code that it compiles, in whichever round that is
    for _ = 1, 5 do
      collectgarbage()
      collectgarbage("stop")
      local before = collectgarbage("count")
      for _ = 1, 1000 do text.count(sample) end
      least = math.min(least, collectgarbage("count") - before)
      collectgarbage("restart")
    end
    assert.is_true(least < 16, least .. " KB for 1000 calls") -- a table a call would be 40 or more
  end)
end)

describe("split", function()
  it("leaves a text of one part without a udh", function()
    assert.same({ { message = "x", coding = 0 } }, text.split("x"))
    assert.same({ { message = "ж", coding = 2 } }, text.split("ж"))
    assert.same({ { message = "", coding = 0 } }, text.split(""))
  end)

  it("numbers the parts", function()
    assert.same({
      { message = ("x"):rep(153), coding = 0, udh = "%05%00%03%CC%02%01" },
      { message = ("x"):rep(8), coding = 0, udh = "%05%00%03%CC%02%02" },
    }, text.split(("x"):rep(161), { ref = 0xCC }))
    assert.same({
      { message = ("ж"):rep(66), coding = 2, udh = "%06%08%04%01%CC%02%01" },
      { message = ("ж"):rep(5), coding = 2, udh = "%06%08%04%01%CC%02%02" },
    }, text.split(("ж"):rep(71), { reference = 16, ref = 0x1CC }))
  end)

  it("takes a reference of its own from the operating system", function()
    local seen, kinds = {}, 0
    for _ = 1, 100 do
      local ref = text.udh(text.split(("x"):rep(161), { reference = 16 })[1].udh).concatenation.ref
      if not seen[ref] then seen[ref], kinds = true, kinds + 1 end
    end
    assert.is_true(kinds > 90)
  end)

  it("refuses a reference that does not fit", function()
    assert.equal("ref", refusal(text.split, "x", { ref = 256 }).field)
    assert.equal("ref", refusal(text.split, "x", { ref = -1 }).field)
    assert.equal("ref", refusal(text.split, "x", { ref = 1.5 }).field)
    assert.equal("ref", refusal(text.split, "x", { ref = 65536, reference = 16 }).field)
    assert.equal("reference", refusal(text.split, "x", { reference = 32 }).field)
  end)
end)

describe("simplify", function()
  local function unchanged(given, options)
    assert.same({ given, {} }, { text.simplify(given, options) })
  end

  it("replaces typography and lists the changes", function()
    local simpler, changes = text.simplify("“Hi”, it’s…")
    assert.equal('"Hi", it\'s...', simpler)
    assert.same({
      { char = "“", codepoint = "U+201C", position = 1, byte = 1, replacement = '"' },
      { char = "”", codepoint = "U+201D", position = 4, byte = 6, replacement = '"' },
      { char = "’", codepoint = "U+2019", position = 9, byte = 13, replacement = "'" },
      { char = "…", codepoint = "U+2026", position = 11, byte = 17, replacement = "..." },
    }, changes)
  end)

  it("replaces what cannot be seen", function()
    assert.equal("10 000 EUR", (text.simplify("10\194\160000 EUR")))
    assert.equal("Hello", (text.simplify("\239\187\191Hel\226\128\139lo")))
    assert.equal("a b\n", (text.simplify("a\tb\194\133")))
    assert.equal("ab", (text.simplify("a\0b")))
    assert.equal("run 'ls'", (text.simplify("run `ls`")))
    assert.equal("ABC123", (text.simplify("ＡＢＣ１２３")))
  end)

  it("is all or nothing", function()
    unchanged("„Žalgiris“")
    unchanged("“Hi” 👋")
    unchanged("می\226\128\140خواهم")
    unchanged("e\204\129")
  end)

  it("leaves GSM-7 alone", function()
    unchanged("5 € [x]")
    unchanged("")
    unchanged(("x"):rep(50000))
  end)

  it("never makes more parts", function()
    unchanged(("…"):rep(70))
    assert.equal(("."):rep(160), (text.simplify(("…"):rep(53) .. ".")))
    local quoted = ("a"):rep(159) .. "’"
    assert.equal(1, (text.count((text.simplify(quoted)))))
  end)

  it("helps where UCS-2 would be more than 255 parts", function()
    assert.equal(("x"):rep(20000) .. "'", (text.simplify(("x"):rep(20000) .. "’")))
    unchanged(("’"):rep(40000))
  end)

  it("touches symbols and accents only when asked to", function()
    unchanged("© 2015")
    assert.equal("(C) 2015", (text.simplify("© 2015", { lossy = true })))
    unchanged("Žalgiris")
    assert.equal("Zalgiris, 1/2", (text.simplify("Žalgiris, ½", { accents = true, lossy = true })))
    unchanged("Žalgiris, ½", { accents = true })
  end)

  it("refuses what analyze refuses", function()
    assert.equal(2, refusal(text.simplify, "x\255").byte)
    assert.equal("lossy", refusal(text.simplify, "x", { lossy = 1 }).field)
  end)

  it("has a table that goes from what is not GSM-7 to what is", function()
    for _, tier in ipairs({ "safe", "lossy", "accents" }) do
      for char, replacement in pairs(smart_encoding[tier]) do
        assert.equal("UCS-2", text.analyze(char).encoding, char)
        assert.equal("GSM-7", text.analyze(replacement).encoding, char)
        assert.equal(replacement, char:gsub("[%z\1-\31`\127-\255][\128-\191]*", smart_encoding[tier]), char)
      end
    end
  end)
end)

-- The same numbers as a reference that was written to be read, over texts made of what is likely to go wrong.
describe("against the plain reference", function()
  local PIECES = {
    "a", " ", "x", "Z", "\n", "€", "[", "~", "\f", "Ç", "é", "Ω", "Δ", "@", "plain words ", ("y"):rep(16),
    ("z"):rep(64), ("q"):rep(150), ("[]"):rep(30),
  }
  local FOREIGN = { "`", "ç", "ž", "ж", "’", "日", "😀", "𝒳", "\0", "\27", "\127", "\t", "\239\191\191" }
  local BROKEN = { "\255", "\192\128", "\237\160\128", "\244\144\128\128", "\195", "\226\130", "\128", "\240\159\152" }

  -- A generator of its own, so that every Lua sees the same texts: Park and Miller's, whose products fit a double.
  local function generator(seed)
    return function(n)
      seed = seed * 16807 % 2147483647
      return seed % n + 1
    end
  end

  local function random_text(random)
    local pieces, count = {}, random(4) == 1 and random(60) or random(12)
    local foreign, broken = random(2) == 1, random(10) == 1
    for i = 1, count do
      local kind = random(12)
      if broken and kind == 1 then pieces[i] = BROKEN[random(#BROKEN)]
      elseif foreign and kind <= 4 then pieces[i] = FOREIGN[random(#FOREIGN)]:rep(random(70))
      else pieces[i] = PIECES[random(#PIECES)]:rep(random(3)) end
    end
    return table.concat(pieces)
  end

  local function utf8_of(code)
    local low, middle = 0x80 + code % 64, 0x80 + math.floor(code / 64) % 64
    if code < 0x80 then return string.char(code) end
    if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), low) end
    if code < 0x10000 then return string.char(0xE0 + math.floor(code / 4096), middle, low) end
    return string.char(0xF0, 0x80 + math.floor(code / 4096), middle, low) -- up to U+3FFFF
  end

  local function parts_of(messages)
    local strings = {}
    for i, message in ipairs(messages) do strings[i] = message.message end
    return strings
  end

  local function compare(sample, bits)
    local expected, rest = reference.analyze(sample, bits)
    local found, err = text.safe.analyze(sample, { reference = bits })
    if not expected then
      assert.is_nil(found)
      assert.equal(rest ~= "parts" and rest or nil, err.byte)
    else
      assert.same(expected, found)
      assert.same(rest, parts_of(text.split(sample, { reference = bits })))
      assert.same({ expected.parts, expected.encoding, expected.units, expected.left, expected.chars },
        { core.text_count(sample, bits) })
    end
  end

  it("is the same for thousands of texts", function()
    local random = generator(20150101)
    for _ = 1, 3000 do compare(random_text(random), random(2) * 8) end
  end)

  it("is the same for every code point of the first two planes", function()
    local mismatches = {}
    for code = 0, 0x1FFFF do
      local parts, encoding, units = core.text_count(utf8_of(code))
      local septets = reference.septets[code]
      local wanted = (code < 0xD800 or code > 0xDFFF) and (septets or (code > 0xFFFF and 2 or 1)) or nil
      local alike = (parts and units) == wanted and (not parts or encoding == (septets and "GSM-7" or "UCS-2"))
      if not alike then mismatches[#mismatches + 1] = code end
    end
    assert.same({}, mismatches)
  end)
end)
