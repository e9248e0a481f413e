-- `viber`, `hlr` and `sender`: commands that hand something in and get an ID back.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("vertexsms", function()
  local simulator, endpoint

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)
  before_each(function() endpoint = web.endpoint() end)
  after_each(function() endpoint:close() end)

  --- What the command sends, with an answer that is all right.
  local function sent_by(words, answer)
    local running = cli.start(endpoint.url, words)
    local first, _, body = endpoint:take("200 OK", answer)
    assert.equal(0, running:wait())
    return first:match("^(%u+ %S+)"), cjson.decode(body)
  end

  describe("viber", function()
    local function words(...)
      return { "viber", "--to", "37069912345", "--from", "MyShop", "--message", "Hello", ... }
    end

    it("prints the ID", function()
      local code, output = cli.run(simulator.url, words())
      assert.equal(0, code)
      local id = output:match("^accepted (%d+)\n$")
      assert.truthy(simulator:expect("^POST /viber 200 " .. id .. " to 37069912345 from MyShop, 1 part$"))
    end)

    it("sends a button, or im as it is given", function()
      local first, body = sent_by(words("--button-url", "https://example.com", "--button-title", "go to example.com",
        "--dlr-url", "https://example.com/dlr", "--test-mode", "1"), '["1"]')
      assert.equal("POST /viber", first)
      assert.same({
        to = "37069912345", from = "MyShop", message = "Hello", dlrUrl = "https://example.com/dlr", testMode = "1",
        im = { action = { url = "https://example.com", title = "go to example.com" } },
      }, body)
      local _, other = sent_by(words("--im", '{"image":{"url":"https://example.com/a.png"}}'), '["1"]')
      assert.same({ image = { url = "https://example.com/a.png" } }, other.im)
    end)

    it("exits 1 for bad input", function()
      for _, more in ipairs { { "--im", "x" }, { "--im", "[]" }, { "--im", '{"a":1,"a":2}' },
        { "--im", "@/nonexistent" }, { "--test-mode", "3" },
        { "--im", "{}", "--button-url", "https://example.com" } } do
        local code, output = cli.run(simulator.url, words(more[1], more[2], more[3], more[4]))
        assert.equal(1, code)
        assert.equal("", output)
      end
    end)
  end)

  describe("hlr", function()
    it("prints the ID; the result goes to the URL", function()
      local code, output = cli.run(simulator.url, { "hlr", "37069912345", "--callback-url", endpoint.url })
      assert.equal(0, code)
      local _, _, body = endpoint:take("200 OK", "OK")
      assert.equal(cjson.decode(body).id, output:match("^accepted (%d+)\n$"))
    end)

    it("sends what is documented", function()
      local first, body = sent_by({ "hlr", "37069912345", "--callback-url", "https://example.com/hlr" }, "[1203877133]")
      assert.equal("POST /hlr", first)
      assert.same({ msisdn = "37069912345", callBackUrl = "https://example.com/hlr" }, body)
    end)

    it("exits 3 when the outcome is unknown", function()
      local running = cli.start(endpoint.url, { "hlr", "37069912345", "--json" })
      endpoint:take_raw("")
      assert.equal("unknown", cjson.decode((running:line())).outcome)
      assert.equal(3, running:wait())
    end)
  end)

  describe("sender", function()
    it("registers a name", function()
      local code, output = cli.run(simulator.url, { "sender", "register", "TestSender", "--category", "Other" })
      assert.equal(0, code)
      assert.truthy(output:find("^registered %d+\n$"))
      local _, json = cli.run(simulator.url, { "sender", "register", "TestSender", "--json" })
      assert.truthy(cjson.decode(json).id:find("^%d+$"))
    end)

    it("registers a number and confirms it", function()
      local code, output = cli.run(simulator.url, { "sender", "register", "37069555555", "--type", "MSISDN" })
      assert.equal(0, code)
      local id = output:match("^registered (%d+)\na PIN comes by SMS: vertexsms sender confirm %1 PIN\n$")
      local pin = simulator:expect("^POST /senderId 200 " .. id .. " .* PIN is (%d+)$")
      local wrong = pin == "00000" and "00001" or "00000"
      local failed, _, errors = cli.run(simulator.url, { "sender", "confirm", id, wrong })
      assert.equal(1, failed)
      assert.truthy(errors:find("^rejected: Invalid value for field 'code'"))
      code, output = cli.run(simulator.url, { "sender", "confirm", id, "-" }, pin .. "\n")
      assert.equal(0, code)
      assert.equal(("confirmed %s\n"):format(id), output)
    end)

    it("sends what is documented", function()
      local first, body = sent_by({ "sender", "register", "TestSender", "--category", "Brand", "--description",
        "A test.", "--notification-url", "https://example.com/s" }, "123")
      assert.equal("POST /senderId", first)
      assert.same({
        name = "TestSender", type = "AlphaNumeric", category = "Brand", categoryDescription = "A test.",
        notificationUrl = "https://example.com/s",
      }, body)
    end)

    it("wants a command of its own", function()
      for _, words in ipairs { { "sender" }, { "sender", "delete" }, { "sender", "register", "TestSender", "--type",
        "Other" } } do
        local code, _, errors = cli.run(simulator.url, words)
        assert.equal(1, code)
        assert.truthy(errors:find("^Usage: vertexsms sender"))
      end
    end)
  end)
end)
