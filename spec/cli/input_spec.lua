-- What the command line reads, as editors, spreadsheets and other systems write it.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local MARK = "\239\187\191"
local NOWHERE = "http://127.0.0.1:9"

describe("vertexsms reads", function()
  local path

  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)
  teardown(process.stop_all)

  local function write(content)
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
  end

  local function count_lines(content)
    write(content)
    local code, output, errors = cli.run(NOWHERE, { "count", "--file", path, "--json" })
    assert.equal("", errors)
    return cjson.decode(output), code
  end

  describe("a text with a byte order mark, which is not a part of it,", function()
    local letters = ("a"):rep(160)

    it("from stdin, as an argument and from a file of texts", function()
      for _, words in ipairs { { "count", "-" }, { "count" }, { "count", MARK .. letters } } do
        words[#words + 1] = "--json"
        local _, output = cli.run(NOWHERE, words, MARK .. letters .. "\r\n")
        local counted = cjson.decode(output)
        assert.equal("GSM-7", counted.encoding)
        assert.equal(1, counted.parts)
      end
      assert.equal(1, count_lines(MARK .. letters .. "\r\n").parts)
      local _, output = cli.run(NOWHERE, { "count", "--file", "-", "--json" }, MARK .. letters)
      assert.equal(1, cjson.decode(output).parts)
    end)

    it("and sends it without", function()
      local simulator = simulators.start()
      local words = { "send", "--to", "37069912345", "--from", "MyShop", "--json", "--message" }
      for _, message in ipairs { "-", MARK .. letters } do
        words[8] = message
        local _, output = cli.run(simulator.url, words, MARK .. letters .. "\r\n")
        assert.same({ encoding = "GSM-7", parts = 1 }, cjson.decode(output).estimate)
      end
      local json = MARK .. '{"to":"37069912345","from":"MyShop","message":"a"}'
      write(json)
      for _, data in ipairs { "-", "@" .. path } do
        local code, _, errors = cli.run(simulator.url, { "request", "POST", "/sms", "--data", data }, json)
        assert.equal("", errors)
        assert.equal(0, code)
      end
    end)
  end)

  it("lines that end as on any system", function()
    for _, ending in ipairs { "\n", "\r\n", "\r" } do
      for _, last in ipairs { "", ending } do
        assert.equal(3, count_lines("one" .. ending .. "two" .. ending .. "three" .. last).messages)
        local sum = count_lines("one" .. ending .. ending .. "two" .. last)
        assert.equal(2, sum.messages)
        assert.equal(1, sum.empty)
      end
      assert.matches("characters +3\n", select(2, cli.run(NOWHERE, { "count" }, "one" .. ending)))
    end
  end)

  it("lines of which the end falls between two blocks", function()
    for before = 64 * 1024 - 3, 64 * 1024 do
      local line = ("a"):rep(100) .. "\r\n"
      local content = line:rep(math.floor(before / #line))
      content = content .. ("b"):rep(before - #content) .. "\r\n" .. "c"
      local sum, code = count_lines(content)
      assert.equal(0, code)
      assert.equal(0, sum.empty)
      assert.equal(math.floor(before / #line) + 2, sum.messages)
    end
  end)

  it("no text but UTF-8, and says so", function()
    local wide = "\255\254a\0b\0\r\0\n\0"
    for _, content in ipairs { wide, "\254\255\0a\0b", "a\0b\0" } do
      write(content)
      for _, words in ipairs { { "count", "--file", path }, { "count", "-" }, { "request", "POST", "/sms", "--data",
        "@" .. path }, { "send", "--to", "37069912345", "--from", "MyShop", "--message", "-" },
        { "send", "--to", "@" .. path, "--from", "MyShop", "--message", "a" } } do
        local code, output, errors = cli.run(NOWHERE, words, content)
        assert.matches("^not sent: [^\n]+ is encoded as UTF%-16: save it as UTF%-8\n$", errors)
        assert.equal("", output)
        assert.equal(1, code)
      end
    end
  end)

  it("stdin, or says why it cannot", function()
    local words = { "sh", "-c", 'exec "$@" </', "sh", process.lua(), "bin/vertexsms", "send", "--to", "37069912345",
      "--from", "MyShop", "--message", "-" }
    local code, _, errors = process.run(words, { env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = NOWHERE } })
    assert.equal("not sent: cannot read stdin: Is a directory\n", errors)
    assert.equal(1, code)
  end)

  it("not numbers from stdin without an @, and says how", function()
    local code, _, errors = cli.run(NOWHERE, { "send", "--to", "-", "--from", "MyShop", "--message", "a" }, "1")
    assert.same({ 1, 'not sent: --to "-" is not a valid number: --to @- reads numbers from stdin\n' }, { code, errors })
  end)

  describe("the text of a message", function()
    local simulator

    setup(function() simulator = simulators.start() end)

    local function dry(message, stdin)
      local code, output, errors = cli.run(simulator.url, { "send", "--to", "37069912345", "--from", "MyShop",
        "--message", message, "--dry-run" }, stdin)
      return code == 0 and tonumber(output:match("\nunits +(%d+) septets\n")) or errors, code
    end

    it("from a file, without one line end behind it", function()
      for content, units in pairs { ["abc"] = 3, ["abc\n"] = 3, ["abc\r\n"] = 3, ["abc\r"] = 3, ["abc\n\n"] = 4,
        ["a\nb\n"] = 3, [MARK .. "abc\r\n"] = 3 } do
        write(content)
        assert.equal(units, (dry("@" .. path)))
        assert.equal(units, (dry("-", content)))
      end
      assert.equal(4, (dry("@-", "abcd\n")))
    end)

    it("with an @ of its own, which is written twice", function()
      assert.equal(6, (dry("@@alice")))
      assert.equal(2, (dry("@@@")))
      assert.equal(8, (dry("me@alice")))
    end)

    it("and shows no text that was taken for the name of a file", function()
      local errors, code = dry("@/nonexistent/text")
      assert.equal(1, code)
      assert.equal("not sent: cannot read /nonexistent/text: No such file or directory"
        .. " (a text that begins with @ is written with @@)\n", errors)
      for _, text in ipairs { "@alice your code is 4815", "@" .. ("x "):rep(300), "@" } do
        errors = dry(text)
        assert.matches("^not sent: cannot read the file that %-%-message names: [^\n]+written with @@%)\n$", errors)
        assert.is_nil(errors:find("4815", 1, true))
      end
    end)

    it("of viber, too", function()
      write("Hello\n")
      local words = { "viber", "--to", "+370 699 12345", "--from", "A", "--message", "@" .. path }
      local code = cli.run(simulator.url, words)
      assert.equal(0, code)
      assert.truthy(simulator:expect("^POST /viber 200 %d+ to 37069912345 from A, 1 part$"))
    end)
  end)

  describe("numbers, and says of a wrong one", function()
    local function refused(words)
      local all = { "send", "--from", "MyShop", "--message", "a" }
      for _, word in ipairs(words) do all[#all + 1] = word end
      local code, output, errors = cli.run(NOWHERE, all)
      assert.equal(1, code)
      assert.equal("", output)
      all[1] = "cost"
      local _, _, of_cost = cli.run(NOWHERE, all)
      assert.equal((errors:gsub("^not sent", "failed")), of_cost)
      return errors:match("^not sent: (.*)\n$")
    end

    it("which it is, and on which line of which file", function()
      write("37060000001\n\n\r\n37060000002\r37o60000003\n")
      assert.matches(('line 5 of %s: "37o60000003" has "o" in it: '):format(path),
        refused { "--to", "37060000009", "--to", "@" .. path }, 1, true)
      write("\t0 ")
      assert.matches(('line 1 of %s: "0" begins with 0, so it is a national number: '):format(path),
        refused { "--to", "@" .. path }, 1, true)
      assert.matches('^%-%-to "%+37o" has "o" in it: ', refused { "--to", "+37o" })
      assert.matches('^%-%-to "%+37" must have 7 to 15 digits', refused { "--to", "+37" })
    end)

    it("what in it cannot be seen", function()
      write("37060000001\n\226\128\17037060000002\226\128\172\n")
      assert.matches(([[line 2 of %s: "\u{202A}37060000002\u{202C}" has U+202A in it: ]]):format(path),
        refused { "--to", "@" .. path }, 1, true)
      local shown = { ["37\194\1606"] = [["37\u{A0}6" has U+00A0]], ["3\2556"] = [["3\xFF6" has "\xFF"]],
        ["37\0276"] = [["37\x1B6" has "\x1B"]], ["37\\6"] = [["37\\6" has "\\"]], ['37"6'] = [["37\"6" has "\""]],
        ["3\239\188\151"] = [["3\u{FF17}" has U+FF17]], ["3\195"] = [["3\xC3" has "\xC3"]] }
      for number, as in pairs(shown) do
        assert.matches(("--to %s in it: "):format(as), refused { "--to", number }, 1, true)
      end
    end)

    it("not more than fits on a line or two", function()
      assert.is_true(#refused { "--to", ("x"):rep(10000) } < 250)
      assert.is_true(#refused { "--to", ("1"):rep(10000) } < 250)
    end)
  end)
end)
