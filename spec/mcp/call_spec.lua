-- The time in which a call is answered, whatever it waits for.

local await = require("spec.support.await")
local core = require("vertexsms.core")
local json = require("vertexsms.json")
local servers = require("vertexsms.mcp")
local vertexsms = require("vertexsms")
local web = require("spec.support.web")

local TOKEN = "token-of-the-spec"

describe("a call", function()
  local endpoint, server, lines, log

  before_each(function()
    endpoint, lines, log = web.endpoint(), {}, {}
    server = servers.new({
      policy = { mode = "preview", consent = "person" }, token = function() return TOKEN end,
      write = function(line)
        lines[#lines + 1] = assert(json.decode(line))
        return true
      end,
      log = function(text) log[#log + 1] = assert(json.decode(text)) end, hide = function(text) return text end,
      defer = function() end, is_over = function() return false end,
    })
    local client = vertexsms.safe.new { token = TOKEN, base_url = endpoint.url, retry = false, timeout = 100 }
    client.host = server.loop.host
    server.resources.made_client = client
    endpoint.server:settimeout(0)
  end)
  after_each(function()
    server.resources:close()
    endpoint:close()
  end)

  local function say(object)
    object.jsonrpc = "2.0"
    server:receive(json.encode(object))
  end

  local function update_until(find)
    local found
    assert(await(function()
      server:update()
      found = find()
      return found
    end, 20))
    return found
  end

  local function begin()
    say({ id = 0, method = "initialize", params = { protocolVersion = "2025-11-25" } })
    say({ id = 1, method = "tools/call", params = { name = "get_message_status", arguments = { id = "7" } } })
    local connection = update_until(function() return endpoint.server:accept() end)
    connection:settimeout(10)
    web.read_message(connection)
    return connection
  end

  it("is answered after 55 seconds, and what it ends in is written down", function()
    local connection = begin()
    server.calls[1].started = core.now() - 45
    server:update()
    assert.equal(1, #lines)
    server.calls[1].started = core.now() - 55
    server:update()
    local late = lines[2].result.structuredContent
    assert.same({ 1, false, "timeout", true }, { lines[2].id, late.ok, late.error.kind, late.error.retryable })
    assert.same({ true, false }, { log[1].late, log[1].ok })
    say({ id = 1, method = "ping" })
    local body = '{"id":"7","status":"sent"}'
    connection:send(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"):format(#body,
      body))
    update_until(function() return log[2] end)
    assert.same({ true, true }, { log[2].late, log[2].ok })
    assert.same({ 3, {} }, { #lines, lines[3].result })
    connection:close()
  end)
end)
