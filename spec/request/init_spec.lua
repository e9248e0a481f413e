local request = require("vertexsms.request")
local scripted = require("spec.support.scripted")

describe("a question to the service", function()
  local server, client

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)
  before_each(function() client = server:safe({ retry = false }) end)

  local function ask(body, read)
    server:script({ body = body })
    return request.ask(client, request.get("/x"), read)
  end

  it("is read from JSON, with numbers as they were written, and says what it took", function()
    local result = ask("[12345678901234567890]", function(decoded, response)
      return { first = decoded[1], status = response.status }
    end)
    assert.same({ "12345678901234567890", 200, 1 }, { result.first, result.status, result.attempts })
    assert.is_true(result.elapsed > 0)
  end)

  it("has no result where the answer is not what was agreed", function()
    local result, err = ask("[]", function() return nil, "the response is not to my taste" end)
    assert.is_nil(result)
    assert.same({ "protocol", "unknown", true, "the response is not to my taste" },
      { err.kind, err.outcome, err.likely_accepted, err.message })
  end)

  it("is not read at all where the answer is not JSON", function()
    local was_read = false
    local result, err = ask("<html>", function() was_read = true end)
    assert.is_nil(result)
    assert.is_false(was_read)
    assert.equal("protocol", err.kind)
    assert.matches('not JSON (Content-Type application/json, begins with "<html>")', err.message, 1, true)
  end)

  it("that failed is not read either", function()
    server:script({ status = 404 })
    local result, err = request.ask(client, request.get("/x"), error)
    assert.is_nil(result)
    assert.equal("not_found", err.kind)
  end)

  it("may be answered with other text", function()
    server:script({ body = "yes" }, { body = "no" })
    local function read(body) return body == "yes" and { text = body } or nil end
    local result = request.ask_text(client, request.post("/x", "{}"), "a yes", read)
    assert.same({ "yes", 1 }, { result.text, result.attempts })
    local refused, err = request.ask_text(client, request.post("/x", "{}"), "a yes", read)
    assert.is_nil(refused)
    assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
    assert.matches("the response is not a yes", err.message, 1, true)
  end)

  it("is repeated as often as does no harm", function()
    assert.is_true(request.get("/x").repeatable)
    assert.is_false(request.post("/x", "{}").repeatable)
  end)
end)
