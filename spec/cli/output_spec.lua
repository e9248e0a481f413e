-- What is printed gets where it should, or it is said that it did not: a line that is lost must not look like a message
-- that was not sent.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

describe("what vertexsms prints", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  --- A command whose descriptors can be what they like.
  local function in_shell(redirect, words)
    local all = { "sh", "-c", 'exec "$@" ' .. redirect, "sh", process.lua(), "bin/vertexsms" }
    for _, word in ipairs(words) do all[#all + 1] = word end
    return all
  end

  local function send(...)
    return { "send", "--from", "MyShop", "--message", "a", "--to", "37069912345", ... }
  end

  it("exits 3 when it is lost", function()
    for _, words in ipairs { send(), send("--json"), send("--to", "37069912346"), { "rates" }, { "rates", "--csv" },
      { "count", "a" } } do
      local env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = simulator.url }
      local code, _, errors = process.run(in_shell(">/dev/full", words), { env = env })
      assert.matches("vertexsms: the output could not be written: No space left on device\n$", errors)
      assert.equal(3, code)
    end
  end)

  it("exits 1 when it is help or the version, which say nothing of messages, and lost", function()
    for _, words in ipairs { { "--help" }, { "--version" }, { "send", "--help" }, { "sender", "register", "-h" } } do
      local code, _, errors = process.run(in_shell(">/dev/full", words))
      assert.equal("vertexsms: the output could not be written: No space left on device\n", errors)
      assert.equal(1, code)
    end
  end)

  it("ends a run when it is lost: what became of the others would not be heard either", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    for i = 1, 250 do file:write(("%.0f"):format(37069900000 + i), "\n") end
    file:close()
    local env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = simulator.url }
    local words = { "send", "--json", "--from", "MyShop", "--message", "a", "--to", "@" .. path }
    local code, _, errors = process.run(in_shell(">/dev/full", words), { env = env })
    os.remove(path)
    assert.equal("100 accepted, 150 not sent\n"
      .. "vertexsms: the output could not be written: No space left on device\n", errors)
    assert.equal(3, code)
  end)

  it("never goes to the service when stdout is closed", function()
    local endpoint = web.endpoint()
    local words = in_shell(">&-", send("--to", "37069912346"))
    local env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = endpoint.url }
    local running = process.start(words, { env = env })
    local connection = assert(endpoint.server:accept())
    connection:settimeout(10)
    web.read_message(connection)
    connection:send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[\"1\",\"2\"]")
    assert.is_nil((connection:receive(1)))
    assert.equal(3, running:wait())
    connection:close()
    endpoint:close()
  end)

  it("gives a terminal no orders that came from the service", function()
    local endpoint = web.endpoint()
    local running = cli.start(endpoint.url, send())
    endpoint:take("400 Bad Request", '{"message":"a\\u001b[31m\\u009b31mb\\nc"}')
    assert.equal("rejected: a [31m\\x9B31mb c", running:line())
    assert.equal(1, running:wait())
    endpoint:close()
  end)

  describe("is complete when Ctrl-C strikes in the middle of a line:", function()
    local COUNT = 1000
    local endpoint, path

    before_each(function()
      endpoint, path = web.endpoint(), os.tmpname()
      local file = assert(io.open(path, "w"))
      for i = 1, COUNT do file:write(("%.0f"):format(37069900000 + i), "\n") end
      file:close()
    end)
    after_each(function()
      endpoint:close()
      os.remove(path)
    end)

    --- Answers requests until the command can print no more: the pipe to the spec holds 64 KiB. Returns its process ID,
    -- which is that of the child of timeout(1).
    local function answer_until_full(running)
      local connection = assert(endpoint.server:accept())
      connection:settimeout(0.1)
      local ids = {}
      for i = 1, 100 do ids[i] = ("%.0f"):format(1281532560 + i) .. ("0"):rep(50) end
      local body = cjson.encode(ids)
      local _, child = process.run { "pgrep", "-P", running.pid }
      local state = ("/proc/%d/wchan"):format(tonumber(child))
      for _ = 1, 100 do
        if web.read_message(connection) then
          connection:send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
        elseif process.read_file(state):find("pipe_write", 1, true) then
          return connection, tonumber(child)
        end
      end
      error("the command never came to a halt")
    end

    it("something is said of each message, and none is sent after it", function()
      local running = cli.start(endpoint.url,
        { "send", "--json", "--from", "MyShop", "--message", "a", "--to", "@" .. path })
      local connection, pid = answer_until_full(running)
      os.execute("kill -INT " .. pid)
      assert.equal(130, running:wait())
      local outcomes, counts = {}, { accepted = 0, not_sent = 0 }
      for line in running:output():gmatch("{[^\n]+}") do
        local fields = cjson.decode(line)
        outcomes[fields.to] = fields.outcome
      end
      for i = 1, COUNT do
        local outcome = assert(outcomes[("%.0f"):format(37069900000 + i)], "nothing was said of message " .. i)
        counts[outcome] = counts[outcome] + 1
      end
      assert.is_true(counts.accepted >= 300 and counts.accepted % 100 == 0)
      assert.is_nil((connection:receive(1)))
      connection:close()
    end)
  end)
end)
