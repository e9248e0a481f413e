local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("vertexsms request", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  local BODY = '{"to":"37069912345","from":"MyShop","message":"a"}'

  it("prints the answer as it came", function()
    local code, output = cli.run(simulator.url, { "request", "POST", "/sms", "--data", BODY })
    assert.equal(0, code)
    assert.truthy(output:find('^%["%d+"%]\n$'))
  end)

  it("reads the body from stdin or a file", function()
    assert.equal(0, (cli.run(simulator.url, { "request", "POST", "/sms", "--data", "-" }, BODY)))
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(BODY)
    file:close()
    assert.equal(0, (cli.run(simulator.url, { "request", "POST", "/sms", "--data", "@" .. path })))
    os.remove(path)
    local code, _, errors = cli.run(simulator.url, { "request", "POST", "/sms", "--data", "@" .. path })
    assert.equal(1, code)
    assert.truthy(errors:find("cannot read " .. path, 1, true))
  end)

  it("refuses a body that is not JSON, or that says one thing twice", function()
    for data, words in pairs({
      ["{"] = "--data is not JSON: ",
      ['{"to":"37069912345","from":"MyShop",\n"message":"a","to":"37069912349"}'] =
        '--data has "to" twice in one object, in lines 1 and 2: leave one of them out\n',
    }) do
      for _, from in ipairs({ data, "-" }) do
        local code, output, errors = cli.run(simulator.url, { "request", "POST", "/sms", "--data", from }, data)
        assert.same({ 1, "" }, { code, output })
        assert.matches(words, errors, 1, true)
      end
    end
    local _, list = simulator:call("GET", "/_simulator/messages")
    local count = #list.messages
    assert.equal(1, (cli.run(simulator.url, { "request", "POST", "/sms", "--data", "" })))
    _, list = simulator:call("GET", "/_simulator/messages")
    assert.equal(count, #list.messages)
  end)

  it("encodes parameters; a name may come twice", function()
    local endpoint = web.endpoint()
    local running = cli.start(endpoint.url, { "request", "GET", "/any", "--query", "b=1 2", "--query", "a=x&y=z",
      "--query", "b=3" })
    local first = endpoint:take("200 OK", "{}")
    assert.equal("GET /any?a=x%26y%3Dz&b=1%202&b=3 HTTP/1.1", first)
    assert.equal("{}", running:line())
    assert.equal(0, running:wait())
    endpoint:close()
  end)

  it("prints status, headers and the decoded body with --json", function()
    local code, output = cli.run(simulator.url, { "request", "GET", "/operators/102", "--json" })
    assert.equal(0, code)
    local answer = cjson.decode(output)
    assert.equal(200, answer.status)
    assert.equal("application/json", answer.headers["content-type"])
    assert.equal("BITE", answer.json.name)
    assert.is_nil(answer.body)
  end)

  it("exits as send does", function()
    local code, _, errors = cli.run(simulator.url, { "request", "POST", "/sms", "--data", "{}" })
    assert.equal(1, code)
    assert.truthy(errors:find("^rejected: Missing value for field 'to'"))
    assert.equal(1, (cli.run(simulator.url, { "request", "GET", "/nothing" })))
    assert.equal(1, (cli.run(simulator.url, { "request", "GET", "no-path" })))
    assert.equal(1, (cli.run(simulator.url, { "request", "TRACE", "/sms" })))
    assert.equal(1, (cli.run(simulator.url, { "request", "GET", "/sms", "--query", "x" })))
    local endpoint = web.endpoint()
    local running = cli.start(endpoint.url, { "request", "DELETE", "/any" })
    endpoint:take_raw("")
    assert.truthy(running:line():find("^unknown: "))
    assert.equal(3, running:wait())
    endpoint:close()
  end)
end)
