-- `vertexsms send` to many: what is said of each, whatever happens on the way.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local FIRST = 37069900000

local function write_numbers(count)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  for i = 1, count do file:write(("%.0f"):format(FIRST + i), "\n") end
  file:close()
  return path
end

-- `[to] = line` for the lines that begin with a number.
local function by_number(output)
  local found = {}
  for number, rest in ("\n" .. output):gmatch("\n(3706%d+)%s+([^\n]*)") do found[number] = rest end
  return found
end

local function count(found, pattern)
  local total = 0
  for _, rest in pairs(found) do
    if rest:find(pattern) then total = total + 1 end
  end
  return total
end

describe("vertexsms send, to many,", function()
  local path

  before_each(function() path = nil end)
  after_each(function()
    if path then os.remove(path) end
    process.stop_all()
  end)

  local function words(...)
    return { "send", "--from", "MyShop", "--message", "Your code is 4815", ... }
  end

  describe("with a service", function()
    local simulator

    before_each(function() simulator = simulators.start() end)

    it("prints a line for each and the sum", function()
      local code, output, errors = cli.run(simulator.url, words("--to", "37069912345", "--to", "372512345"))
      assert.equal("", errors)
      assert.same({ "37069912345  accepted  1281532560", "372512345    accepted  1281532561", "2 accepted" },
        cli.lines(output))
      assert.equal(0, code)
    end)

    it("prints an object for each with --json", function()
      local code, output = cli.run(simulator.url, words("--json", "--to", "37069912345", "--to", "372512345"))
      local lines = cli.lines(output)
      assert.equal(2, #lines)
      assert.same({
        outcome = "accepted", to = "372512345", id = "1281532561", ids = { "1281532561" },
        estimate = { encoding = "GSM-7", parts = 1 },
      }, cjson.decode(lines[2]))
      assert.equal(0, code)
    end)

    it("takes the numbers of a file, in batches", function()
      path = write_numbers(250)
      local code, output = cli.run(simulator.url, words("--to", "@" .. path, "--to", "37069912345"))
      local found = by_number(output)
      assert.equal(251, count(found, "^accepted  %d+$"))
      assert.equal(0, code)
      assert.truthy(output:find("\n251 accepted\n$"))
    end)

    it("takes a file that a spreadsheet wrote", function()
      path = os.tmpname()
      local file = assert(io.open(path, "wb"))
      file:write("\239\187\19137069912345\r\n 372512345 \r\n\r\n")
      file:close()
      local code, output, errors = cli.run(simulator.url, words("--to", "@" .. path))
      assert.equal("", errors)
      assert.truthy(output:find("\n2 accepted\n$"))
      assert.equal(0, code)
    end)

    it("checks all before it sends any", function()
      local code, output, errors = cli.run(simulator.url, words("--to", "37069912345", "--to", "abc"))
      assert.equal(1, code)
      assert.equal("", output)
      assert.truthy(errors:find('^not sent: %-%-to "abc" has "a" in it: [^\n]+\n$'))
      simulator:stop()
      assert.is_nil(simulator:output():find("POST /sms", 1, true))
    end)

    it("says when there are no recipients", function()
      path = write_numbers(0)
      local code, _, errors = cli.run(simulator.url, words("--to", "@" .. path))
      assert.equal(1, code)
      assert.truthy(errors:find("names a file without a recipient", 1, true))
      code, _, errors = cli.run(simulator.url, words("--to", "@/nonexistent"))
      assert.equal(1, code)
      assert.truthy(errors:find("cannot read /nonexistent", 1, true))
    end)

    it("draws a progress bar on a terminal, and only there", function()
      path = write_numbers(250)
      local output = cli.run_on_terminal(simulator.url, words("--to", "@" .. path))
      assert.truthy(output:find("[################........................]  40 %  100 of 250 messages", 1, true))
      assert.truthy(output:find("250 accepted", 1, true))
      local _, piped, errors = cli.run(simulator.url, words("--to", "@" .. path))
      assert.is_nil((piped .. errors):find("%", 1, true))
    end)
  end)

  describe("with a service that fails,", function()
    local endpoint

    before_each(function() endpoint = web.endpoint() end)
    after_each(function() endpoint:close() end)

    local function start(count_, ...)
      path = write_numbers(count_)
      return cli.start(endpoint.url, words("--to", "@" .. path, ...))
    end

    --- One request of the command: the connection to answer it on, and how many messages it has.
    local function accept()
      local connection = assert(endpoint.server:accept())
      connection:settimeout(10)
      local _, _, body = web.read_message(connection)
      return connection, #cjson.decode(body)
    end

    local function answer(connection, status, body, header)
      connection:send(("HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s")
        :format(status, header or "", #body, body))
      connection:close()
    end

    local function ids(from, count_)
      local list = {}
      for i = 1, count_ do list[i] = ("%.0f"):format(from + i) end
      return cjson.encode(list)
    end

    local function finish(sending)
      local code = sending:wait()
      return code, sending:output()
    end

    it("says of each whether it was accepted, is unknown or was not sent", function()
      local sending = start(250)
      local first, size = accept()
      assert.equal(100, size)
      answer(first, "200 OK", ids(1000, 100))
      accept():close()
      local code, output = finish(sending)
      local found = by_number(output)
      assert.equal(3, code)
      assert.equal(100, count(found, "^accepted"))
      assert.equal("accepted  1001", found["37069900001"])
      assert.equal(100, count(found, "^unknown   may have been sent, do not repeat blindly$"))
      assert.truthy(found["37069900101"]:find("^unknown"))
      assert.equal(50, count(found, "^not sent$"))
      assert.truthy(output:find("\nunknown: [^\n]+\n100 accepted, 50 not sent, 100 unknown\n"))
    end)

    it("says so as JSON too", function()
      local sending = start(150, "--json")
      answer((accept()), "400 Bad Request", '{"message":"Not these."}')
      local code, output = finish(sending)
      local lines, outcomes = cli.lines(output), {}
      for i = 1, 150 do
        local fields = cjson.decode(lines[i])
        assert.equal(("%.0f"):format(FIRST + i), fields.to)
        assert.equal("Not these.", fields.message)
        assert.equal("invalid_request", fields.kind)
        outcomes[fields.outcome] = (outcomes[fields.outcome] or 0) + 1
      end
      assert.same({ rejected = 100, not_sent = 50 }, outcomes)
      assert.equal(1, code)
    end)

    it("exits 2 when none was accepted and all may be tried again", function()
      local busy = '{"error":{"code":"RATE_LIMITED","message":"Later."}}'
      local sending = start(150, "--timeout", "1")
      answer((accept()), "429 Too Many Requests", busy, "Retry-After: 20\r\n")
      local code, output = finish(sending)
      assert.truthy(output:find("\n100 rejected, 50 not sent\n", 1, true))
      assert.equal(2, code)
    end)

    it("exits 3 when some were accepted and others not, for whatever reason", function()
      for _, status in ipairs { "400 Bad Request", "429 Too Many Requests" } do
        local sending = start(150, "--timeout", "1")
        answer((accept()), "200 OK", ids(1000, 100))
        answer((accept()), status, '{"message":"Not these."}', "Retry-After: 20\r\n")
        local code, output = finish(sending)
        assert.truthy(output:find("\n100 accepted, 50 rejected\n", 1, true))
        assert.equal(3, code)
        os.remove(path)
      end
    end)

    it("gives all IDs where there is no way to tell whose they are", function()
      local sending = start(2)
      answer((accept()), "200 OK", '["1","2","3"]')
      local code, output = finish(sending)
      assert.equal(0, code)
      assert.equal("accepted  one of 1 2 3", by_number(output)["37069900001"])
    end)

    describe("and Ctrl-C", function()
      local function interrupt(sending)
        sending:signal("INT")
        sending:expect("^vertexsms: finishing the request in flight")
      end

      it("finishes the request in flight and begins no other", function()
        local sending = start(150)
        local connection = accept()
        interrupt(sending)
        answer(connection, "200 OK", ids(1000, 100))
        local code, output = finish(sending)
        local found = by_number(output)
        assert.equal(130, code)
        assert.equal(100, count(found, "^accepted  %d+$"))
        assert.equal(50, count(found, "^not sent$"))
        assert.truthy(output:find("\nnot sent: interrupted\n100 accepted, 50 not sent\n"))
      end)

      it("says that the outcome is unknown where it is", function()
        local sending = start(150)
        local connection = accept()
        interrupt(sending)
        connection:close()
        local code, output = finish(sending)
        assert.equal(3, code)
        assert.equal(100, count(by_number(output), "^unknown"))
        assert.equal(50, count(by_number(output), "^not sent$"))
      end)

      it("makes no further attempt", function()
        local sending = start(150)
        local connection = accept()
        interrupt(sending)
        answer(connection, "503 Service Unavailable", '{"message":"Overloaded"}', "Retry-After: 20\r\n")
        local code, output = finish(sending)
        assert.equal(130, code)
        assert.equal(100, count(by_number(output), "^rejected$"))
        assert.equal(50, count(by_number(output), "^not sent$"))
      end)

      it("changes nothing about what was sent already", function()
        local sending = cli.start(endpoint.url, words("--to", "37069912345"))
        local connection = assert(endpoint.server:accept())
        connection:settimeout(10)
        web.read_message(connection)
        interrupt(sending)
        answer(connection, "200 OK", '["7"]')
        local code, output = finish(sending)
        assert.equal(0, code)
        assert.truthy(output:find("\naccepted 7\n", 1, true))
      end)
    end)
  end)
end)
