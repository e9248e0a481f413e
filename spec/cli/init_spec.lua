-- Runs the real bin/vertexsms: `send` under the Lua that runs the spec, against a real simulator.

local cjson = require("cjson")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local TOKEN = "token-of-the-spec"

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

describe("vertexsms", function()
  local simulator, url

  local function vertexsms(words, options)
    options = options or {}
    local all = { process.lua(), "bin/vertexsms" }
    for _, word in ipairs(words) do all[#all + 1] = word end
    local env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = url }
    for name, value in pairs(options.env or {}) do env[name] = value end
    local code, output, errors = process.run(all, { env = env, stdin = options.stdin })
    assert.is_nil((output .. errors):find(TOKEN, 1, true))
    return code, output, errors
  end

  local function send(words, options)
    local all = { "send", "--to", "37069912345", "--from", "MyShop", "--message", "Your code is 4815" }
    for _, word in ipairs(words) do all[#all + 1] = word end
    return vertexsms(all, options)
  end

  --- For servers that the spec plays itself while the command waits.
  local function start_sending(base_url, ...)
    local words = { process.lua(), "bin/vertexsms", "send", "--to", "37069912345", "--from", "MyShop",
      "--message", "a", ... }
    return process.start(words, { env = { VERTEXSMS_TOKEN = TOKEN, VERTEXSMS_BASE_URL = base_url } })
  end

  local function simulate(...)
    local started = simulators.start({ ... })
    return started, started.url
  end

  setup(function() simulator, url = simulate() end)
  teardown(process.stop_all)

  describe("send", function()
    it("prints the ID and the parts", function()
      local code, output, errors = send {}
      assert.equal("", errors)
      local id = output:match("^accepted (%d+) %(1 part%)\n$")
      assert.truthy(id)
      assert.equal(0, code)
      assert.truthy(simulator:expect("^POST /sms 200 " .. id .. " to 37069912345 from MyShop, 1 part$"))
    end)

    it("prints one JSON object with --json", function()
      local code, output = send { "--json" }
      assert.equal(0, code)
      assert.truthy(output:find("^[^\n]+\n$"))
      local sent = cjson.decode(output)
      assert.equal("accepted", sent.outcome)
      assert.same({ sent.id }, sent.ids)
      assert.equal(1, sent.parts)
      assert.equal(200, sent.status)
      assert.equal(1, sent.attempts)
      assert.equal("number", type(sent.elapsed))
    end)

    it("reads the message from stdin, without the newline at its end", function()
      local words = { "send", "--to", "37069912345", "--from", "MyShop", "--message", "-" }
      local _, one = vertexsms(words, { stdin = ("a"):rep(160) .. "\n" })
      assert.truthy(one:find("(1 part)", 1, true))
      local _, two = vertexsms(words, { stdin = ("a"):rep(160) .. "\n\n" })
      assert.truthy(two:find("(2 parts)", 1, true))
    end)

    it("passes every field on", function()
      local endpoint = web.endpoint()
      local code, _, errors = send { "--dlr-url", endpoint.url .. "/dlr", "--priority", "high", "--scheduled",
        "2030-01-01T13:00:00+02:00", "--udh", "%05%00%03%CC%02%01", "--coding", "0", "--test-mode", "2",
        "--expire-in", "360", "--correct-by", "LT" }
      assert.equal("", errors)
      assert.equal(0, code)
      local _, _, report = endpoint:take("200 OK", "OK")
      assert.equal("2", cjson.decode(report).status)
      endpoint:close()
    end)

    it("exits 1 for bad input", function()
      for _, words in ipairs { { "--coding", "x" }, { "--udh", "%05" }, { "--expire-in", "1" },
        { "--test-mode", "3" }, { "--scheduled", "tomorrow" }, { "--correct-by", "LTU" },
        { "--dlr-url", "example" } } do
        local code, output, errors = send(words)
        assert.equal(1, code)
        assert.equal("", output)
        assert.truthy(errors:find("^not sent: [^\n]+\n$"))
      end
    end)

    it("exits 1 without a token, and says where it is read from", function()
      local code, _, errors = send({}, { env = { VERTEXSMS_TOKEN = "" } })
      assert.equal(1, code)
      assert.truthy(errors:find("VERTEXSMS_TOKEN", 1, true))
    end)

    it("exits 1 when it is rejected", function()
      local endpoint = web.endpoint()
      local sending = start_sending(endpoint.url, "--json")
      local first, head, body = endpoint:take("403 Forbidden", '{"message":"Not for you."}')
      assert.equal("POST /sms HTTP/1.1", first)
      assert.equal(TOKEN, head["x-vertexsms-token"])
      assert.same({ to = "37069912345", from = "MyShop", message = "a" }, cjson.decode(body))
      local err = cjson.decode((sending:line()))
      assert.equal("rejected", err.outcome)
      assert.equal("forbidden", err.kind)
      assert.equal(403, err.status)
      assert.is_false(err.retryable)
      assert.truthy(err.message:find("Not for you.", 1, true))
      assert.equal(1, sending:wait())
      endpoint:close()
    end)

    it("exits 2 when it was not sent", function()
      local refusing, socket = web.refusing()
      local options = { env = { VERTEXSMS_BASE_URL = refusing } }
      local code, output, errors = send({}, options)
      assert.equal(2, code)
      assert.equal("", output)
      assert.truthy(errors:find("^not sent: [^\n]+ %(safe to try again%)\n$"))
      code, output, errors = send({ "--json" }, options)
      assert.equal(2, code)
      assert.equal("", errors)
      local err = cjson.decode(output)
      assert.equal("not_sent", err.outcome)
      assert.equal("connect", err.kind)
      assert.is_true(err.retryable)
      socket:close()
    end)

    it("exits 3 when the outcome is unknown, and says so in words", function()
      local endpoint = web.endpoint()
      local sending = start_sending(endpoint.url)
      endpoint:take_raw("") -- takes the request and closes: what became of it cannot be known
      assert.truthy(sending:line():find("^unknown: .+ %(may have been sent, do not repeat blindly%)$"))
      assert.truthy(sending:line():find("^what to do: do not send it again%. "))
      assert.equal(3, sending:wait())
      endpoint:close()
    end)

    it("says what a number of seconds is", function()
      for _, option in ipairs({ "--timeout=soon", "--timeout=-1", "--timeout=nan" }) do
        local code, _, errors = send({ option })
        assert.equal(1, code)
        assert.truthy(errors:find("is not a valid number of seconds: it must be 0 or more", 1, true), errors)
      end
    end)

    it("gives up after --timeout", function()
      local endpoint = web.endpoint() -- accepts, and never answers
      local code, _, errors = send({ "--timeout", "0.2" }, { env = { VERTEXSMS_BASE_URL = endpoint.url } })
      assert.equal(3, code)
      assert.truthy(errors:find("^unknown: "))
      endpoint:close()
    end)

    it("trusts a server's certificate by --ca-file only", function()
      local dir = os.tmpname()
      os.remove(dir)
      assert(process.run { "mkdir", dir } == 0)
      assert(process.run { "luajit", "spec/support/certificates.lua", dir } == 0)
      local pem = dir .. "/good.pem"
      local secure, secure_url = simulate("--tls-cert", pem, "--tls-key", pem)
      assert.truthy(secure_url:find("^https://"))
      local options = { env = { VERTEXSMS_BASE_URL = secure_url } }
      local code, output = send({ "--ca-file", dir .. "/ca.pem" }, options)
      assert.equal(0, code)
      assert.truthy(output:find("^accepted "))
      code, output = send({ "--json" }, options)
      assert.equal(1, code)
      assert.equal("tls", cjson.decode(output).kind)
      secure:stop()
      process.run { "rm", "-r", dir }
    end)
  end)

  describe("usage", function()
    it("errors go to stderr and exit 1", function()
      for _, words in ipairs { {}, { "nonsense" }, { "send" }, { "send", "--to" },
        { "simulate", "--port", "x" }, { "simulate", "--port", "65536" }, { "listen", "--port=-1" },
        { "simulate", "--dlr-delay=-1" }, { "send", "--priority", "urgent" }, { "listen", "--path", "dlr" },
        { "listen", "--path", "/dlr?secret=x" } } do
        local code, output, errors = vertexsms(words)
        assert.equal(1, code)
        assert.equal("", output)
        assert.truthy(errors:find("^Usage: vertexsms"))
      end
    end)

    it("says what too many words are about", function()
      local _, _, errors = vertexsms { "send", "--to", "37069912345", "--from", "MyShop", "--message", "Your", "code" }
      assert.truthy(errors:find("Error: too many arguments: `vertexsms send` takes only options; a text with spaces"
        .. " needs quotes around it\n", 1, true), errors)
      _, _, errors = vertexsms { "status", "1281532560", "1281532561" }
      assert.truthy(errors:find("Error: too many arguments: `vertexsms status` takes 1; ", 1, true), errors)
    end)

    it("offers no token on the command line, and does not repeat one", function()
      for _, words in ipairs { { "--token=" .. TOKEN }, { "--token", TOKEN } } do
        assert.equal(1, (send(words)))
      end
    end)

    it("prints the version and the help", function()
      local code, output = vertexsms { "--version" }
      assert.equal(0, code)
      assert.truthy(output:find("^vertexsms %d+%.%d+%.%d+\n$"))
      code, output = vertexsms { "--help" }
      assert.equal(0, code)
      for _, word in ipairs { "send", "simulate", "listen", "VERTEXSMS_TOKEN", "VERTEXSMS_BASE_URL" } do
        assert.truthy(output:find(word, 1, true))
      end
    end)
  end)

  describe("through symbolic links", function()
    local folder

    before_each(function()
      folder = os.tmpname()
      os.remove(folder)
      assert(process.run { "mkdir", "-p", folder .. "/it's a folder" } == 0)
    end)
    after_each(function() process.run { "rm", "-r", folder } end)

    local function version_of(program)
      local _, output, errors = process.run { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", process.lua(), program,
        "--version" }
      assert.equal("", errors)
      return output
    end

    it("finds its modules", function()
      local _, here = process.run { "pwd" }
      local first, second = folder .. "/it's a folder/v", folder .. "/vertexsms"
      assert(process.run { "ln", "-s", here:gsub("\n", "") .. "/bin/vertexsms", first } == 0)
      assert(process.run { "ln", "-s", "it's a folder/v", second } == 0)
      assert.matches("^vertexsms %d", version_of(first))
      assert.matches("^vertexsms %d", version_of(second))
    end)
  end)

  -- Under a Lua without lua-http these run a second process; all else must look the same.
  describe("simulate and listen, under the Lua that runs the specs,", function()
    for _, name in ipairs { "simulate", "listen" } do
      it(name .. " serves until it is told to stop", function()
        local service = process.start { process.lua(), "bin/vertexsms", name, "--port", "0" }
        local service_url = service:expect("^listening on (http://127%.0%.0%.1:%d+)")
        assert.equal(405, (web.request("GET", service_url .. "/sms")))
        service:signal("TERM")
        service:wait()
        assert.truthy(service:output():find("stopped", 1, true))
        assert.is_nil((require("socket").connect("127.0.0.1", tonumber(service_url:match("%d+$")))))
      end)
    end

    it("have left their port when the process that was started is gone", function()
      for _, name in ipairs { "TERM", "INT" } do
        local service = process.start { process.lua(), "bin/vertexsms", "simulate", "--port", "0" }
        local port = tonumber(service:expect("^listening on http://127%.0%.0%.1:(%d+)"))
        service:signal(name)
        service:expect("^exit %d+$")
        local socket, reason = require("socket").bind("127.0.0.1", port)
        assert.truthy(socket, reason)
        socket:close()
        service:wait()
      end
    end)

    it("pass arguments and the exit code on", function()
      local code, _, errors = vertexsms { "simulate", "--host", "it's \"$HOME\"" }
      assert.equal(1, code)
      assert.truthy(errors:find("it's \"$HOME\" is reachable", 1, true))
    end)

    -- As a service manager may start them: the system throws the exit codes of their children away then.
    it("do so with SIGCHLD ignored, and end with the process that was started", function()
      local words = { "env", "--ignore-signal=CHLD", process.lua(), "bin/vertexsms", "simulate" }
      local code, _, errors = process.run { words[1], words[2], words[3], words[4], "simulate", "--host", "8.8.8.8" }
      assert.truthy(errors:find("8.8.8.8 is reachable", 1, true), errors)
      assert.equal(1, code)
      words[6], words[7] = "--port", "0"
      local service = process.start(words)
      local service_url = service:expect("^listening on (http://127%.0%.0%.1:%d+)")
      assert.equal(405, (web.request("GET", service_url .. "/sms")))
      service:signal("TERM")
      service:wait()
      assert.truthy(service:output():find("stopped", 1, true))
    end)

    it("say what to install when no Lua has lua-http", function()
      local code, output, errors = process.run({ process.lua(), "-e",
        "package.preload['http.server'] = function() error('none') end", "bin/vertexsms", "simulate" },
        { env = { VERTEXSMS_PARENT_PID = "1" } })
      assert.equal(1, code)
      assert.equal("", output)
      assert.truthy(errors:find("apt-get install luajit lua-http", 1, true))
    end)
  end)
end)

-- The core may not have been built, or not for this Lua. What does without it still works, and what does not says so.
describe("vertexsms without the core", function()
  local folder

  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir %s && cp -r bin lua %s"):format(folder, folder)))
  end)
  teardown(function()
    os.execute("rm -rf " .. folder)
    process.stop_all()
  end)

  local function run(...)
    local words = { process.lua(), folder .. "/bin/vertexsms", ... }
    return process.run(words, { env = { LUA_CPATH = ";;", VERTEXSMS_TOKEN = TOKEN } })
  end

  it("shows its help", function()
    for _, words in ipairs({ { "--help" }, { "send", "--help" }, { "simulate", "--help" } }) do
      local code, output, errors = run(unpack(words))
      assert.equal(0, code, errors)
      assert.matches("^Usage: vertexsms", output)
    end
  end)

  it("simulates", function()
    local simulator = process.start({ "luajit", folder .. "/bin/vertexsms", "simulate", "--port", "0" },
      { env = { LUA_CPATH = ";;" } })
    assert.is_truthy(simulator:expect("listening on (%S+)"))
    simulator:stop()
  end)

  it("says of a send that nothing was sent", function()
    local code, _, errors = run("send", "--to", "37069912345", "--from", "MyShop", "--message", "a")
    assert.equal(1, code)
    assert.matches("^not sent: vertexsms is not built for ", errors)
  end)
end)
