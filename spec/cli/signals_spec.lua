-- What ends the command from outside: SIGINT, SIGTERM and SIGHUP, a reader of its output that is gone. Whatever was
-- accepted by then is told, on stderr too.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local CODES = { HUP = 129, INT = 130, TERM = 143 }
local NAMES = { HUP = "SIGHUP", INT = "Ctrl%-C", TERM = "SIGTERM" }
local COUNT = 250

describe("vertexsms", function()
  local folder, numbers

  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(process.run { "mkdir", folder } == 0)
    numbers = folder .. "/numbers"
    local file = assert(io.open(numbers, "w"))
    for i = 1, COUNT do file:write(("%.0f"):format(37069900000 + i), "\n") end
    file:close()
  end)
  teardown(function()
    process.stop_all()
    process.run { "rm", "-r", folder }
  end)

  local function words_of(...)
    return { process.lua(), "bin/vertexsms", "send", "--from", "MyShop", "--message", "a", ... }
  end

  local function environment(url)
    return { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = url }
  end

  --- The process ID of a command that was started, which timeout(1) is the parent of.
  local function pid_of(running)
    local _, child = process.run { "pgrep", "-P", running.pid }
    return tonumber(child)
  end

  local function is_blocked_in(pid, where)
    return process.read_file(("/proc/%d/wchan"):format(pid)):find(where, 1, true) ~= nil
  end

  --- Waits for what cannot be waited for otherwise; at most ten seconds.
  local function await(condition)
    local endpoint = web.endpoint()
    endpoint.server:settimeout(0.02)
    for _ = 1, 500 do
      if condition() then break end
      endpoint.server:accept()
    end
    endpoint:close()
    assert(condition(), "it never came to that")
  end

  describe("while a request is under way", function()
    local endpoint, output_path

    before_each(function() endpoint, output_path = web.endpoint(), os.tmpname() end)
    after_each(function()
      endpoint:close()
      os.remove(output_path)
    end)

    --- The command, its first request read; its lines are stderr's.
    local function start(...)
      local running = process.start(words_of("--to", "@" .. numbers, ...),
        { env = environment(endpoint.url), stdout = output_path })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      return running, connection
    end

    local function accept(connection)
      local ids = {}
      for i = 1, 100 do ids[i] = ("%.0f"):format(1281532560 + i) end
      local body = cjson.encode(ids)
      connection:send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
    end

    local function told(running)
      local code = running:wait()
      return code, running:output()
    end

    for name, expected in pairs(CODES) do
      it(("finishes it at SIG%s, and says what became of all"):format(name), function()
        local running, connection = start()
        running:signal(name)
        running:expect(("^vertexsms: finishing the request in flight; %s again"):format(NAMES[name]))
        accept(connection)
        local code, errors = told(running)
        assert.equal(expected, code)
        assert.matches("\nnot sent: interrupted\n100 accepted, 150 not sent\n", errors)
        assert.is_nil((connection:receive(1)))
        connection:close()
        local output = process.read_file(output_path)
        assert.equal(100, select(2, output:gsub("  accepted  ", "")))
        assert.equal(150, select(2, output:gsub("  not sent\n", "")))
      end)

      it(("exits 3 after SIG%s when the outcome is unknown"):format(name), function()
        local running, connection = start("--json")
        running:signal(name)
        running:expect("^vertexsms: finishing")
        connection:close()
        local code, errors = told(running)
        assert.equal(3, code)
        assert.matches("\n150 not sent, 100 unknown\n", errors)
      end)
    end

    it("takes two signals at once for one, as timeout(1) and a closed terminal send them", function()
      local running, connection = start()
      running:signal("HUP")
      running:signal("TERM")
      running:signal("HUP")
      running:expect("^vertexsms: finishing the request in flight")
      accept(connection)
      local code, errors = told(running)
      assert.is_true(code == 129 or code == 143)
      assert.matches("\n100 accepted, 150 not sent\n", errors)
      connection:close()
    end)

    it("gives it up at a second signal, and says that its outcome is unknown", function()
      local running, connection = start()
      running:signal("INT")
      running:expect("^vertexsms: finishing")
      connection:settimeout(0.2)
      await(function()
        running:signal("INT")
        return select(2, connection:receive(1)) == "closed"
      end)
      local code, errors = told(running)
      assert.matches("\nunknown: the caller cancelled the request", errors)
      assert.equal(3, code)
      assert.matches("\n150 not sent, 100 unknown\n", errors)
      connection:close()
    end)

    it("ends with 0 when that was the last request", function()
      local running = process.start(words_of("--to", "37069912345", "--json"), { env = environment(endpoint.url) })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      running:signal("TERM")
      running:expect("^vertexsms: finishing")
      connection:send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n["7"]')
      local code, output = told(running)
      assert.equal(0, code)
      assert.matches('"id":"7"', output, 1, true)
      connection:close()
    end)

    it("leaves alone what is ignored, as nohup(1) has it", function()
      local words = { "env", "--ignore-signal=HUP" }
      for _, word in ipairs(words_of("--to", "37069912345")) do words[#words + 1] = word end
      local running = process.start(words, { env = environment(endpoint.url) })
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      web.read_message(connection)
      os.execute("kill -HUP " .. pid_of(running))
      connection:send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n["7"]')
      assert.equal("accepted 7", running:line())
      assert.equal(0, running:wait())
      connection:close()
    end)
  end)

  describe("before the first request", function()
    for name, expected in pairs(CODES) do
      it(("ends at once at SIG%s, and says that nothing was sent"):format(name), function()
        local fifo = folder .. "/" .. name
        assert(process.run { "mkfifo", fifo } == 0)
        local words = { "sh", "-c", 'exec "$@" <>' .. fifo, "sh", process.lua(), "bin/vertexsms", "send", "--to",
          "37069912345", "--from", "MyShop", "--message", "-" }
        local running = process.start(words, { env = environment("http://127.0.0.1:9") })
        local pid
        await(function()
          pid = pid_of(running)
          return pid and is_blocked_in(pid, "pipe_read")
        end)
        os.execute(("kill -%s %d"):format(name, pid))
        assert.equal("vertexsms: interrupted, nothing was sent", running:line())
        assert.equal(expected, running:wait())
      end)
    end

    it("is SIGTERM never wordless, not even while the program is still being loaded", function()
      local killed = "package.preload.argparse = function() os.execute('kill -TERM $PPID') end"
      local code, output, errors = process.run({ process.lua(), "-e", killed, "bin/vertexsms", "rates" },
        { env = environment("http://127.0.0.1:9") })
      assert.equal("", output)
      assert.equal("vertexsms: interrupted, nothing was sent\n", errors)
      assert.equal(143, code)
    end)

    it("is Ctrl-C what it should be while the program is still being loaded", function()
      for _, name in ipairs { "argparse", "vertexsms.core" } do
        local interrupted = ("package.preload[%q] = function() error('interrupted!', 0) end"):format(name)
        local code, output, errors = process.run({ process.lua(), "-e", interrupted, "bin/vertexsms", "rates" },
          { env = environment("http://127.0.0.1:9") })
        assert.equal("", output)
        assert.equal("vertexsms: interrupted, nothing was sent\n", errors)
        assert.equal(130, code)
      end
    end)
  end)

  describe("with a reader that is gone", function()
    local simulator

    setup(function() simulator = simulators.start() end)

    --- stdout is a pipe that has no reader any more.
    local function run(...)
      local script = 'mkfifo "$0"; exec 4<>"$0" 5>"$0" 4<&-; exec "$@" >&5 5>&-'
      local fifo = os.tmpname()
      os.remove(fifo)
      local words = { "sh", "-c", script, fifo, ... }
      local code, _, errors = process.run(words, { env = environment(simulator.url) })
      os.remove(fifo)
      return code, errors
    end

    local function unpacked(list)
      return (rawget(table, "unpack") or rawget(_G, "unpack"))(list)
    end

    it("says what was accepted, sends no more and exits 3", function()
      for _, json in ipairs { "--json", "--smart-encoding" } do
        local code, errors = run(unpacked(words_of("--to", "@" .. numbers, json)))
        assert.matches("100 accepted, 150 not sent\nvertexsms: the output could not be written: Broken pipe\n$", errors)
        assert.equal(3, code)
      end
    end)

    it("says the ID where there is but one", function()
      local commands = {
        words_of("--to", "37069912345"), words_of("--to", "37069912345", "--json"),
        { process.lua(), "bin/vertexsms", "hlr", "37069912345" },
        { process.lua(), "bin/vertexsms", "viber", "--to", "37069912345", "--from", "A", "--message", "a", "--json" },
      }
      for _, words in ipairs(commands) do
        local code, errors = run(unpacked(words))
        assert.matches("^accepted %d+[^\n]*\nvertexsms: the output could not be written: Broken pipe\n$", errors)
        assert.equal(3, code)
      end
    end)
  end)
end)
