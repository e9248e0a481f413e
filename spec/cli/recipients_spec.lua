-- Numbers as people write them, and lists of them: what is made of them, and all that is wrong with a list.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

describe("vertexsms", function()
  local simulator, path

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)
  before_each(function() path = os.tmpname() end)
  after_each(function() os.remove(path) end)

  local function write(...)
    local file = assert(io.open(path, "wb"))
    file:write(table.concat({ ... }, "\n"), "\n")
    file:close()
  end

  local function run(words, stdin)
    local code, output, errors = cli.run(simulator.url, words, stdin)
    return code, output, (errors:gsub(path, "LIST"))
  end

  local function send(...)
    return run { "send", "--from", "MyShop", "--message", "a", ... }
  end

  local function assert_sent_to(number)
    assert.truthy(simulator:expect("^POST /sms 200 %d+ to " .. number .. " from MyShop, 1 part$"))
  end

  describe("reads a number as people write it, and shows what it made of it:", function()
    it("of send", function()
      for _, number in ipairs { "+370 (699) 12-345", "00370 699/12.345", "+370 (0)699 12345", "+37069912345" } do
        local code, output, errors = send("--to", number)
        assert.equal(0, code)
        assert.matches("^accepted %d+ %(1 part%)\n$", output)
        assert.equal(('--to "%s" is read as 37069912345\n'):format(number), errors)
        assert_sent_to("37069912345")
      end
      local _, _, errors = send("--to", "37069912345")
      assert.equal("", errors)
      assert_sent_to("37069912345")
    end)

    it("of cost, viber, hlr and sender register", function()
      local words = {
        { "--to", "cost", "--to", "+370 699 12345", "--from", "A", "--message", "a" },
        { "--to", "viber", "--to", "+370 699 12345", "--from", "A", "--message", "a" },
        { "NUMBER", "hlr", "+370 699 12345", "--callback-url", "http://127.0.0.1:9/" },
        { "NAME", "sender", "register", "+370 699 12345", "--type", "MSISDN" },
      }
      for _, all in ipairs(words) do
        local name = table.remove(all, 1)
        local code, _, errors = run(all)
        assert.equal(name .. ' "+370 699 12345" is read as 37069912345\n', errors)
        assert.equal(0, code)
      end
      local code, _, errors = run { "sender", "register", "Shop 1.2" }
      assert.equal(1, code)
      assert.is_nil(errors:find("is read as", 1, true))
    end)

    it("of a file, a line for each that is changed", function()
      write("37069912345", "+370 699 12346", "37069912347", "00370 699 12348")
      local code, output, errors = send("--to", "@" .. path)
      assert.equal(0, code)
      assert.matches("\n4 accepted\n$", output)
      assert.equal('line 2 of LIST: "+370 699 12346" is read as 37069912346\n'
        .. 'line 4 of LIST: "00370 699 12348" is read as 37069912348\n', errors)
    end)
  end)

  describe("asks for the country of a national number,", function()
    it("and sends it on as correctBy", function()
      local code, _, errors = send("--to", "(0699) 12345")
      assert.equal(1, code)
      assert.equal('not sent: --to "(0699) 12345" begins with 0, so it is a national number: write it with its country'
        .. " code, as +370 699 12345, or name its country with --correct-by LT\n", errors)
      local output
      code, output, errors = send("--to", "(0699) 12345", "--correct-by", "LT", "--dry-run", "--json")
      assert.equal('--to "(0699) 12345" is read as 069912345, a number of LT\n', errors)
      local message = cjson.decode(output)
      assert.same({ "069912345", "LT" }, { message.to, message.correctBy })
      assert.is_number(code)
    end)

    it("which is for no number that has + or 00 in front", function()
      local _, output = send("--to", "+37069912345", "--to", "37069912346", "--correct-by", "LT", "--dry-run", "--json")
      local found = {}
      for line in output:gmatch("[^\n]+") do
        local message = cjson.decode(line)
        found[message.to] = message.correctBy or false
      end
      assert.same({ ["37069912345"] = false, ["37069912346"] = "LT" }, found)
    end)

    it("and is refused where it is none", function()
      for _, country in ipairs { "lt", "LTU" } do
        local code, _, errors = send("--to", "0699 12345", "--correct-by", country)
        assert.equal(1, code)
        assert.equal(("not sent: --correct-by must be two capital letters of ISO 3166-1, such as LT, not \"%s\"\n")
          :format(country), errors)
      end
    end)

    it("where the command takes one", function()
      local _, _, errors = run { "hlr", "0699 12345" }
      assert.matches("^not sent: NUMBER [^\n]* as %+370 699 12345\n$", errors)
      local _, _, of_viber = run { "viber", "--to", "0699 12345", "--from", "A", "--message", "a" }
      assert.matches("^not sent: %-%-to [^\n]* with %-%-correct%-by LT\n$", of_viber)
    end)
  end)

  describe("reads a list", function()
    it("with a header and comments", function()
      write("# of the shop", "", "Phone", "# 37069900000", "37069912345", " #37069900001", "37069912346")
      local code, output, errors = send("--to", "@" .. path)
      assert.equal(0, code)
      assert.matches("\n2 accepted\n$", output)
      assert.equal('line 3 of LIST: "Phone" is taken for a header\n', errors)
    end)

    it("of which only the first line is a header", function()
      write("Phone", "Mobile", "37069912345")
      local code, _, errors = send("--to", "@" .. path)
      assert.equal(1, code)
      assert.matches('\nnot sent: line 2 of LIST: "Mobile" has "M" in it: ', errors)
      write("Phone", "# nothing else")
      code, _, errors = send("--to", "@" .. path)
      assert.equal(1, code)
      assert.matches("names a file without a recipient", errors)
    end)

    it("and tells all that is wrong with it, the first 20 of it", function()
      local lines = { "37069912345", "37o", "370 699 12345", "0699 12345" }
      for i = 5, 30 do lines[i] = "x" .. i end
      write(table.concat(lines, "\n"))
      local code, output, errors = send("--to", "@" .. path)
      assert.equal(1, code)
      assert.equal("", output)
      local told = cli.lines(errors)
      assert.equal("not sent: 29 of 30 recipients cannot be used", told[1])
      assert.matches('^line 2 of LIST: "37o" has "o" in it: ', told[2])
      assert.equal('line 3 of LIST: "370 699 12345" is the same number as in line 1 of LIST; --allow-duplicates sends'
        .. " to it twice", told[3])
      assert.matches('^line 4 of LIST: "0699 12345" begins with 0', told[4])
      assert.equal(22, #told)
      assert.equal("and 9 more", told[22])
      local _, json = send("--to", "@" .. path, "--json")
      local refusal = cjson.decode(json)
      assert.same({ "not_sent", "invalid_argument", 29, 20 },
        { refusal.outcome, refusal.kind, refusal.invalid, #refusal.problems })
      assert.same({ path, 2, "37o" },
        { refusal.problems[1].file, refusal.problems[1].line, refusal.problems[1].value })
    end)
  end)

  describe("sends to no number twice", function()
    it("unless it is told to", function()
      write("37069912345", "37069912346", "+370 699 12345")
      local code, _, errors = send("--to", "@" .. path)
      assert.equal(1, code)
      assert.equal('not sent: line 3 of LIST: "+370 699 12345" is the same number as in line 1 of LIST;'
        .. " --allow-duplicates sends to it twice\n", errors)
      local output
      code, output = send("--to", "@" .. path, "--allow-duplicates")
      assert.equal(0, code)
      assert.matches("\n3 accepted\n$", output)
    end)

    it("wherever the two stand", function()
      write("37069912345")
      local _, _, errors = send("--to", "+37069912345", "--to", "@" .. path)
      assert.matches('line 1 of LIST: "37069912345" is the same number as --to "+37069912345";', errors, 1, true)
      _, _, errors = send("--to", "@" .. path, "--to", "37069912345")
      assert.matches('--to "37069912345" is the same number as in line 1 of LIST;', errors, 1, true)
    end)

    it("and asks what that would cost as often as it is said", function()
      local code = run { "cost", "--to", "37069912345", "--to", "37069912345", "--from", "A", "--message", "a" }
      assert.equal(0, code)
    end)
  end)
end)
