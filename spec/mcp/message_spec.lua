-- One line as a message of JSON-RPC.

local messages = require("vertexsms.mcp.message")

local function read(rest) return messages.read('{"jsonrpc":"2.0",' .. rest .. "}") end

describe("a message", function()
  it("has an id that is a string or an integer, 0 and an empty one too", function()
    for text, id in pairs({ ["0"] = 0, ["-7"] = -7, ['""'] = "", ['"0"'] = "0", ["1.0"] = 1 }) do
      local message = read('"method":"ping","id":' .. text)
      assert.same({ "request", id }, { message.type, message.id }, text)
    end
    for _, text in ipairs({ "null", "1.5", "true", "{}", "[1]", "1e300", "9007199254740993", "-1e999" }) do
      local message = read('"method":"ping","id":' .. text)
      assert.same({ "wrong", -32600 }, { message.type, message.code }, text)
      assert.is_nil(message.id)
    end
  end)

  it("without an id is a notification, and is never answered", function()
    assert.equal("notification", read('"method":"ping"').type)
    assert.equal("notification", read('"method":"notifications/cancelled","params":[1]').type)
  end)

  it("with a result or an error is an answer", function()
    assert.equal("answer", read('"id":"a","result":{}').type)
    assert.equal("answer", read('"id":null,"error":{"code":1}').type)
    assert.same({ action = "accept" }, read('"id":"a","error":null,"result":{"action":"accept"}').result)
    assert.is_nil(read('"id":"a","error":{"code":1},"result":{"action":"accept"}').result)
  end)

  it("has no name twice in one object: which of the two a person has seen is not known", function()
    local message = read('"id":7,"method":"tools/call","params":{"arguments":{"to":"1","message":"a","t\\u006f":"2"}}')
    assert.same({ "wrong", -32600, 7, 'a message has "to" twice in one object: leave one of them out' },
      { message.type, message.code, message.id, message.reason })
    assert.equal("request", read('"id":7,"method":"a","params":{"id":7,"method":{"method":[]}}').type)
  end)

  it("that is refused repeats no half a character", function()
    local cut = messages.short(("x"):rep(99) .. ("\195\169"):rep(9))
    assert.equal(("x"):rep(99), cut)
  end)

  it("may be wrong in many ways", function()
    for line, code in pairs({
      ["{"] = -32700, ["nonsense"] = -32700, ['"\255"'] = -32700, [("["):rep(100000)] = -32700,
      ["[]"] = -32600, ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]'] = -32600, ["1"] = -32600, ['"a"'] = -32600,
      ["null"] = -32600, ["true"] = -32600, ["{}"] = -32600, ['{"jsonrpc":"1.0","id":1,"method":"ping"}'] = -32600,
      ['{"jsonrpc":"2.0","id":1}'] = -32600, ['{"jsonrpc":"2.0","id":1,"method":7}'] = -32600,
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}'] = -32602,
      ['{"jsonrpc":"2.0","id":1,"method":"ping","params":"a"}'] = -32602,
    }) do
      local message = messages.read(line)
      assert.same({ "wrong", code }, { message.type, message.code }, line:sub(1, 60))
    end
    assert.equal(-32700, messages.read(false).code)
  end)
end)
