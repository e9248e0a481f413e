local cjson = require("cjson")
local cli = require("spec.support.cli")

-- No service: nothing is to be sent.
local NOWHERE = "http://127.0.0.1:1"

local function count(words, stdin)
  table.insert(words, 1, "count")
  return cli.run(NOWHERE, words, stdin)
end

describe("vertexsms count", function()
  it("says what a text costs", function()
    local code, output, errors = count { "Your code is 4815" }
    assert.equal("", errors)
    assert.equal("encoding    GSM-7\nunits       17 septets\ncharacters  17\nparts       1\n"
      .. "left        143 until a second part\n", output)
    assert.equal(0, code)
  end)

  it("underlines what keeps a text out of GSM-7, and says what smart encoding makes of it", function()
    local code, output = count { "Dear customer, it’s “ready”" }
    assert.equal(0, code)
    assert.equal([[
encoding    UCS-2
units       27 UTF-16 code units
characters  27
parts       1
left        43 until a second part

Dear customer, it’s “ready”
                 ^  ^     ^
U+2019 at character 18 is not GSM-7: that makes the whole text UCS-2
there are 3 such characters, 3 of them different

smart encoding makes it GSM-7, 27 septets in 1 part: it saves no part
U+2019 to "'", U+201C to "\"", U+201D to "\""
Dear customer, it's "ready"
]], output)
  end)

  it("points at the right column, whatever stands before it", function()
    for text, lines in pairs {
      ["日本"] = { "日本", "^^^^" },
      ["a\nb\tș"] = { "a\\nb\\tș", "    ^^^" }, -- a tab is not GSM-7 either
      ["zero\226\128\139width"] = { "zero<U+200B>width", "    ^^^^^^^^" },
      ["\27[31mș"] = { "\\x1B[31mș", "^^^^    ^" },
      [("a"):rep(100) .. "ș" .. ("b"):rep(100)] =
        { "..." .. ("a"):rep(35) .. "ș" .. ("b"):rep(35) .. "...", (" "):rep(38) .. "^" },
    } do
      local _, output = count { text }
      local found = cli.lines(output)
      assert.same(lines, { found[6], found[7] })
      assert.is_nil(output:find("\27", 1, true))
    end
  end)

  it("shows where the parts break", function()
    local _, output = count { ("a"):rep(152) .. "€" .. ("b"):rep(10) }
    assert.truthy(output:find("parts       2\n", 1, true))
    assert.truthy(output:find("\nPART  UNITS  TEXT\n   1    152  aaaaa", 1, true))
    assert.truthy(output:find("\n   2     12  €bbbbbbbbbb\n", 1, true))
  end)

  it("says how many parts are saved, or that there is no help", function()
    local _, output = count { "’" .. ("a"):rep(100) }
    assert.truthy(output:find("101 septets in 1 part: it saves 1 part\n", 1, true))
    _, output = count { "你’" }
    assert.truthy(output:find("\nsmart encoding does not help here\n$"))
    _, output = count { "©", "--lossy" }
    assert.truthy(output:find('U+00A9 to "(C)"', 1, true))
    _, output = count { "ș", "--lossy", "--accents" }
    assert.truthy(output:find('U+0219 to "s"', 1, true))
  end)

  it("reads stdin", function()
    for _, words in ipairs { {}, { "-" } } do
      local _, output = count(words, "Hello\n")
      assert.truthy(output:find("units       5 septets", 1, true))
    end
  end)

  it("prints one object with --json", function()
    local code, output = count { "’" .. ("a"):rep(70), "--json", "--reference", "16" }
    assert.equal(0, code)
    local cost = cjson.decode(output)
    assert.equal("UCS-2", cost.encoding)
    assert.equal(71, cost.units)
    assert.same({ 66, 5 }, cost.per_part)
    assert.same({ 67 }, cost.breaks)
    assert.equal("U+2019", cost.culprit.codepoint)
    assert.equal("'" .. ("a"):rep(70), cost.smart.text)
    assert.equal(1, cost.smart.saved_parts)
    assert.equal("'", cost.smart.changes[1].replacement)
    local _, plain = count { "a", "--json" }
    assert.truthy(plain:find('"breaks":[]', 1, true))
    assert.is_nil(cjson.decode(plain).smart)
  end)

  it("exits 1 for what cannot be sent", function()
    for _, text in ipairs { "\255", ("a"):rep(256 * 153) } do
      local code, output, errors = count({ "-" }, text)
      assert.equal(1, code)
      assert.equal("", output)
      assert.truthy(errors:find("^failed: text "))
      code, output = count({ "--json" }, text)
      assert.equal(1, code)
      assert.equal("invalid_argument", cjson.decode(output).kind)
    end
  end)

  describe("--file", function()
    local path

    local function write(content)
      path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write(content)
      file:close()
      return path
    end

    after_each(function() if path then os.remove(path) end end)

    it("sums up lines", function()
      local code, output, errors = count { "--file", write(("a"):rep(160) .. "\r\n\n’" .. ("a"):rep(80) .. "\nș") }
      assert.equal("", errors)
      assert.equal([[
                MESSAGES  PARTS
GSM-7                  1      1
UCS-2                  2      3
all                    3      4
smart encoding         3      3
smart encoding saves 1 of 4 parts
empty lines left out: 1
]], output)
      assert.equal(0, code)
    end)

    it("names the lines that are not messages, and exits 1", function()
      local code, output, errors = count({ "--file", "-" }, "a\n\255\nb\n" .. ("\254\n"):rep(20))
      assert.equal(1, code)
      assert.truthy(output:find("all                    2      2", 1, true))
      local lines = cli.lines(errors)
      assert.equal("line 2: text is not valid UTF-8 at byte 1", lines[1])
      assert.equal(11, #lines)
      assert.equal("and 11 more lines like these", lines[11])
    end)

    it("takes NUL and lines longer than a buffer for what they are", function()
      local code, output = count { "--json", "--file", write("a\0b\n" .. ("x"):rep(39000) .. "\n" .. ("y"):rep(160)) }
      assert.equal(0, code)
      local sum = cjson.decode(output)
      assert.equal(3, sum.messages)
      assert.same({ messages = 1, parts = 1 }, sum.encodings["UCS-2"])
      assert.equal(1 + 255 + 1, sum.parts)
      assert.same({}, sum.problems)
    end)

    it("draws a progress bar on a terminal, and only there", function()
      local words = { "count", "--file", write(("Your code is 4815\n"):rep(10000)) }
      local output = cli.run_on_terminal(NOWHERE, words)
      assert.truthy(output:find("]  50 %%  %d+ of 180000 octets"))
      assert.truthy(output:find("smart encoding saves 0 of 10000 parts", 1, true))
      local _, piped, errors = cli.run(NOWHERE, words)
      assert.is_nil((piped .. errors):find("octets", 1, true))
    end)

    it("says what it cannot read", function()
      local code, _, errors = count { "--file", "/nonexistent" }
      assert.equal(1, code)
      assert.truthy(errors:find("cannot read /nonexistent", 1, true))
      code, _, errors = count { "--file", "/tmp" }
      assert.equal(1, code)
      assert.truthy(errors:find("cannot read /tmp: Is a directory", 1, true))
      assert.equal(1, (count { "text", "--file", "/nonexistent" }))
    end)
  end)
end)
