-- examples/bulk.lua: each message of the file once, whatever happens in between.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

describe("examples/bulk", function()
  local messages, journal, simulator, faults

  setup(function()
    simulator, faults = simulators.start(), fault_servers.start()
  end)
  teardown(function()
    faults:stop()
    process.stop_all()
  end)
  before_each(function()
    messages, journal = os.tmpname(), os.tmpname()
  end)
  after_each(function()
    os.remove(messages)
    os.remove(journal)
  end)

  local function write(path, content)
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
  end

  local function run(url, content)
    if content then write(messages, content) end
    local code, output, errors = process.run({ process.lua(), "examples/bulk.lua", messages, journal }, {
      env = { VERTEXSMS_TOKEN = "token-of-the-examples", VERTEXSMS_BASE_URL = url },
    })
    return code, output .. errors
  end

  it("sends each message once, however often it is run", function()
    local csv = '\239\187\191to,message\r\n37069912345,"Hello, ""Ann""\r\nand Bob"\r\n+37069912346,Hi\r\n'
    local code, output = run(simulator.url, csv)
    assert.same({ 0, "2 messages, 2 parts\n2 accepted, 0 rejected, 0 unknown, 0 not sent yet\n" }, { code, output })
    assert.matches("37069912346 from MyShop", simulator:expect("(POST /sms 200 .*46 from.*)"))
    assert.equal(0, (run(faults:url("refused")))) -- nothing is left to send
  end)

  it("checks all lines before the first is sent", function()
    local code, output = run(simulator.url, 'message,to\nHi,0699\nHi,37069912345\n"a\nb",37069912345\n,37069912346\n')
    assert.equal(1, code)
    assert.equal("line 2: to must begin with a country code, such as 370\nline 4: the same number as in line 3\n"
      .. "line 6: message is missing\n3 lines are wrong; nothing was sent\n", output)
    assert.equal("", process.read_file(journal))
  end)

  it("goes on later with what was certainly not sent", function()
    local csv = "to,message\n37069912345,Hi\n37069912346,Hi\n"
    local code, output = run(faults:url("refused"), csv)
    assert.equal(2, code)
    assert.matches("0 accepted, 0 rejected, 0 unknown, 2 not sent yet", output)
    assert.equal(2, (run(faults:url("status", "/401"))))
    code, output = run(simulator.url)
    assert.equal(0, code)
    assert.matches("2 accepted", output)
  end)

  it("does not repeat what is unknown, nor what was cut off", function()
    local csv = "to,message\n37069912345,Hi\n37069912346,Hi\n"
    assert.equal(3, (run(faults:url("status", "/500"), csv)))
    local code, output = run(simulator.url)
    assert.equal(3, code)
    assert.matches("0 accepted, 0 rejected, 2 unknown, 0 not sent yet", output)
    write(journal, "37069912345,sending,\n37069912346,sen")
    code, output = run(simulator.url)
    assert.equal(3, code)
    assert.matches("1 accepted, 0 rejected, 1 unknown, 0 not sent yet", output)
  end)

  it("goes on past a message that is rejected", function()
    local code, output = run(faults:url("status", "/400"), "to,message\n37069912345,Hi\n37069912346,Hi\n")
    assert.equal(1, code)
    assert.matches("0 accepted, 2 rejected, 0 unknown, 0 not sent yet", output)
  end)

  it("says what is wrong with the file", function()
    assert.matches("must name the columns to and message", select(2, run(simulator.url, "37069912345,Hi\n")))
    assert.matches("line 2: a quote is not closed", select(2, run(simulator.url, 'to,message\n37069912345,"Hi\n')))
    os.remove(messages)
    assert.matches("cannot be read", select(2, run(simulator.url)))
  end)
end)
