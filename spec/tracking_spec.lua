local callback = require("vertexsms.callback")
local cjson = require("cjson")
local core = require("vertexsms.core")
local files = require("vertexsms.tracking.file")
local memory = require("vertexsms.tracking.memory")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local tracking = require("vertexsms.tracking")
local vertexsms = require("vertexsms")

local VERTEXSMS = "178.33.133.200"
local URL = "https://example.com/dlr"
local BROKEN = { status = 500, body = "{}" }
local FINE = { body = '["1281532560"]' }
local DAY = 86400

local function message(changes)
  local made = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
  for key, value in pairs(changes or {}) do made[key] = value end
  return made
end

local function write(path, text, mode)
  local file = assert(io.open(path, mode or "ab"))
  file:write(text)
  file:close()
end

local folder

local function new_path()
  return folder .. "/" .. core.random_hex(4)
end

setup(function()
  folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir -m 700 " .. folder)
end)

teardown(function()
  process.stop_all()
  os.execute("rm -rf " .. folder)
end)

local server
setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

for name, new_store in pairs({ memory = memory.new, file = function() return assert(files.new(new_path())) end }) do
  describe("tracking with the " .. name .. " store", function()
    local resolved, store, client, handler, fails

    local function resolve(event)
      if fails then error("database away") end
      resolved[#resolved + 1] = event
    end

    local function new_client(changes, options)
      local track = { url = URL, store = store, on_resolved = resolve }
      for key, value in pairs(changes or {}) do track[key] = value end
      local all = { track = track }
      for key, value in pairs(options or {}) do all[key] = value end
      return server:safe(all)
    end

    before_each(function()
      resolved, fails, store = {}, false, new_store()
      client = new_client()
      handler = callback.handler({ tracking = client.tracking, on_event = function() end })
      server:requests()
    end)

    local function dlr_url() return cjson.decode(server:request().body).dlrUrl end

    local function unknown(changes)
      server:script(BROKEN)
      local sent, err = client:send(message(changes))
      assert.is_nil(sent)
      assert.equal("unknown", err.outcome)
      return err
    end

    local function report(id, body)
      return (handler("POST", {}, body or '{"id":"5","status":1,"error":0}', VERTEXSMS, "/dlr?track=" .. id))
    end

    local function count()
      local entries = 0
      for _ in pairs(store:entries()) do entries = entries + 1 end
      return entries
    end

    it("settles an unknown send by the report that carries its ID", function()
      local err = unknown()
      assert.matches("^%x+$", err.tracking_id)
      assert.equal(32, #err.tracking_id)
      assert.equal(URL .. "?track=" .. err.tracking_id, dlr_url())
      assert.equal(200, report(err.tracking_id))
      assert.same({ {
        tracking_id = err.tracking_id, confirmed = true, id = "5", state = "delivered", final = true, error = 0,
        reason = "no error", class = "ok",
      } }, resolved)
      assert.equal(0, count())
      assert.equal(200, report(err.tracking_id))
      assert.equal(200, report(err.tracking_id, '{"id":"5","status":3}'))
      assert.equal(1, #resolved)
    end)

    it("takes each message's ID from chance", function()
      assert.not_equal(unknown().tracking_id, unknown().tracking_id)
    end)

    it("keeps nothing of sends whose outcome is known", function()
      server:script(FINE)
      assert.equal("1281532560", client:send(message()).id)
      server:script({ status = 400, body = "{}" })
      local _, err = client:send(message())
      assert.equal("rejected", err.outcome)
      assert.is_nil(err.tracking_id)
      assert.equal(0, count())
    end)

    it("keeps a send that was answered, but not as agreed", function()
      server:script({ body = '["1' })
      local _, err = client:send(message())
      assert.is_true(err.likely_accepted)
      assert.equal(200, report(err.tracking_id))
      assert.equal(1, #resolved)
    end)

    it("hands the report to on_report as well, with the ID", function()
      local seen
      handler = callback.handler({ tracking = client.tracking, on_report = function(given) seen = given end })
      local id = unknown().tracking_id
      report(id)
      assert.equal(id, seen.tracking_id)
      assert.equal(1, #resolved)
    end)

    it("adds to the message's own dlrUrl", function()
      local err = unknown({ dlrUrl = "https://shop.example.com/?order=5" })
      assert.equal("https://shop.example.com/?order=5&track=" .. err.tracking_id, dlr_url())
    end)

    it("has the secret in its URL", function()
      client = new_client({ secret = "a b" })
      local err = unknown()
      assert.equal(URL .. "?track=" .. err.tracking_id .. "&secret=a%20b", (dlr_url():gsub("(%?)(secret=.-)&(.*)",
        "%1%3&%2")))
    end)

    it("tracks each message of a list", function()
      server:script({ body = '["1","2"]' }, BROKEN)
      local sent, err = client:send_many({ message(), message(), message(), message() }, { batch_size = 2 })
      assert.is_nil(sent)
      assert.is_nil(err.results[1].tracking_id)
      assert.is_nil(err.results[2].tracking_id)
      assert.equal(2, count())
      assert.equal(200, report(err.results[4].tracking_id))
      assert.equal(err.results[4].tracking_id, resolved[1].tracking_id)
      assert.equal(1, count())
    end)

    it("tracks Viber messages", function()
      server:script(BROKEN)
      local _, err = client:viber(message())
      assert.equal(200, report(err.tracking_id, '{"id":"5","status":3}'))
      assert.equal("seen", resolved[1].state)
    end)

    it("is settled by a report that comes before the send has returned", function()
      local during
      client = new_client(nil, { on_response = function()
        local id = next(store:entries())
        during = { report(id), #resolved }
      end })
      handler = callback.handler({ tracking = client.tracking, on_event = function() end })
      local err = unknown()
      assert.same({ 200, 0 }, during)
      assert.equal(1, #resolved)
      assert.equal(err.tracking_id, resolved[1].tracking_id)
      assert.same(resolved[1], err.resolved)
      assert.equal(0, count())
      server:script(FINE)
      assert.equal("1281532560", client:send(message()).id)
      assert.equal(1, #resolved)
    end)

    it("is resolved later when on_resolved raised within the send", function()
      local said
      client = new_client(nil, { on_response = function() report(next(store:entries()), nil) end })
      client.host = setmetatable({ report = function(text) said = text end }, { __index = client.host })
      fails = true
      local err = unknown()
      assert.matches("database away", said)
      assert.is_nil(err.resolved)
      fails = false
      assert.equal(err.tracking_id, client.tracking:expire()[1].tracking_id)
      assert.same({ true, "5" }, { resolved[1].confirmed, resolved[1].id })
    end)

    it("resolves again when on_resolved raised", function()
      local id = unknown().tracking_id
      fails = true
      assert.equal(500, report(id))
      assert.equal(1, count())
      fails = false
      assert.equal(200, report(id))
      assert.equal(1, #resolved)
    end)

    it("lets one resolve at a time", function()
      local id, inner = nil, {}
      client = new_client({ on_resolved = function(event)
        resolved[#resolved + 1] = event
        if #resolved == 1 then inner[1] = report(id, '{"id":"6","status":3}') end
      end })
      handler = callback.handler({ tracking = client.tracking, on_event = function() end })
      id = unknown().tracking_id
      assert.equal(200, report(id))
      assert.same({ 503 }, inner)
      assert.equal(200, report(id, '{"id":"6","status":3}'))
      assert.equal(1, #resolved)
    end)

    it("reports what was never confirmed, once, and not before the message expired", function()
      local now = os.time()
      local id = unknown().tracking_id
      assert.same({}, client.tracking:expire(now + 3 * DAY))
      local never = { tracking_id = id, confirmed = false, state = "never_confirmed" }
      assert.same({ never }, client.tracking:expire(now + 3 * DAY + 3700))
      assert.same({ never }, resolved)
      assert.same({}, client.tracking:expire(now + 9 * DAY))
      assert.equal(0, count())
    end)

    it("counts from expireIn and scheduled", function()
      local now = os.time()
      unknown({ expireIn = 360 })
      assert.equal(1, #client.tracking:expire(now + 360 + 3700))
      unknown({ scheduled = os.date("!%Y-%m-%dT%H:%M:%SZ", now + 10 * DAY) })
      assert.equal(0, #client.tracking:expire(now + 12 * DAY))
      assert.equal(1, #client.tracking:expire(now + 14 * DAY))
    end)

    it("keeps what could not be reported as never confirmed", function()
      local now = os.time()
      unknown()
      unknown()
      fails = true
      assert.has_error(function() client.tracking:expire(now + 4 * DAY) end, "database away")
      assert.equal(2, count())
      fails = false
      assert.equal(2, #client.tracking:expire(now + 4 * DAY))
    end)

    it("expires by itself when calls come in", function()
      local now = os.time()
      client = new_client({ clock = function() return now end })
      handler = callback.handler({ tracking = client.tracking, on_report = function() end })
      local id = unknown().tracking_id
      now = now + 4 * DAY
      assert.equal(200, (handler("POST", {}, '{"id":"9","status":1}', VERTEXSMS, "/dlr")))
      assert.same({ { tracking_id = id, confirmed = false, state = "never_confirmed" } }, resolved)
    end)

    it("ignores reports of other IDs, and what is no ID", function()
      unknown()
      for _, id in ipairs({ ("0"):rep(32), ("0"):rep(31), ("0"):rep(33), "", "x", ("g"):rep(32), "%00" }) do
        assert.equal(200, report(id, ('{"id":"%s","status":1}'):format(core.random_hex(4))))
      end
      assert.same({}, resolved)
      assert.equal(1, count())
    end)

    it("sends all the same when the store fails, and says so", function()
      local said = {}
      local broken = { change = function() error("disk full") end, entries = function() return {} end }
      client = new_client({ store = broken })
      client.host = setmetatable({ report = function(text) said[#said + 1] = text end }, { __index = client.host })
      server:script(FINE)
      assert.equal("1281532560", client:send(message()).id)
      assert.is_nil(dlr_url())
      assert.matches("disk full", said[1])
    end)

    it("has the report repeated when the store fails", function()
      local broken = { change = function() error("disk full") end, entries = function() return {} end }
      handler = callback.handler({
        tracking = tracking.new({ store = broken, on_resolved = resolve }), on_event = function() end,
      })
      assert.equal(500, report(("0"):rep(32)))
    end)
  end)
end

describe("tracking", function()
  it("leaves a client without it alone", function()
    local client = server:safe()
    server:script(BROKEN)
    local _, err = client:send(message())
    assert.is_nil(err.tracking_id)
    assert.is_nil(cjson.decode(server:request().body).dlrUrl)
  end)

  it("names what is wrong with its options", function()
    local function field(track)
      local made, err = vertexsms.safe.new({ token = "token", track = track })
      assert.is_nil(made)
      assert.equal("invalid_argument", err.kind)
      return err.field
    end
    local function resolve() end
    assert.equal("on_resolved", field({ url = URL }))
    assert.equal("url", field({ url = "example.com", on_resolved = resolve }))
    assert.equal("store", field({ url = URL, on_resolved = resolve, store = {} }))
    assert.equal("store", field({ url = URL, on_resolved = resolve, store = "/nonexistent/file" }))
    assert.equal("secret", field({ url = URL, on_resolved = resolve, secret = "" }))
    assert.equal("slack", field({ url = URL, on_resolved = resolve, slack = -1 }))
    assert.equal("stor", field({ url = URL, on_resolved = resolve, stor = "x" }))
  end)
end)

describe("the file store", function()
  local function entry(expires) return { phase = "unknown", pending_until = 0, expires = expires or 2000000000 } end

  local function put(store, id, value)
    store:change(id, function() return value == nil and entry() or value end, true)
  end

  local function ids(store)
    local list = {}
    for id in pairs(store:entries()) do list[#list + 1] = id end
    table.sort(list)
    return table.concat(list, " ")
  end

  local function open(path) return assert(files.new(path)) end

  it("shows one process what another has written", function()
    local path = new_path()
    local one, other = open(path), open(path)
    put(one, "a")
    put(other, "b")
    assert.equal("a b", ids(one))
    put(other, "a", false)
    assert.equal("b", ids(one))
    assert.equal("b", ids(open(path)))
  end)

  it("ignores a last line that is torn, and loses nothing that is written after it", function()
    local path = new_path()
    put(open(path), "a")
    local whole = process.read_file(path)
    for length = #whole, #whole * 2 - #"vertexsms-tracking 1 " - 33, 7 do
      write(path, whole, "wb")
      write(path, whole:sub(55, 54 + length - #whole))
      local store = open(path)
      assert.equal("a", ids(store))
      put(store, "b")
      assert.equal("a b", ids(store))
      put(store, "c")
      assert.equal("a b c", ids(store))
      assert.equal("a b c", ids(open(path)))
    end
  end)

  it("ignores garbage, whatever it is", function()
    local path = new_path()
    write(path, "garbage\n\n{\n[]\n5\n{\"k\":5}\n{\"k\":\"x\",\"v\":5}\n{\"k\":\"x\",\"v\":{}}\n\0\0\0\n")
    local store = open(path)
    assert.equal("", ids(store))
    put(store, "a")
    assert.equal("a", ids(open(path)))
  end)

  it("compacts, and the other process notices", function()
    local path = new_path()
    local one, other = open(path), open(path)
    put(one, "gone")
    put(one, "kept")
    assert.equal("gone kept", ids(other))
    put(one, "gone", false)
    for _ = 1, 6000 do
      one:change("b", function() return entry() end)
      one:change("b", function() return false end)
    end
    assert.is_true(#process.read_file(path) < 300 * 1024)
    assert.equal("kept", ids(other))
    put(other, "c")
    assert.equal("c kept", ids(one))
    assert.equal("c kept", ids(open(path)))
  end)

  it("is readable for its user alone", function()
    local path = new_path()
    put(open(path), "a")
    local pipe = io.popen("stat -c %a " .. path)
    assert.equal("600", pipe:read("*l"))
    pipe:close()
  end)

  it("survives kill -9 after an unknown send, and in the middle of one", function()
    local path = new_path()
    local script = ([[
      local core = require("vertexsms.core")
      local client = require("vertexsms").safe.new {
        token = "token", base_url = %q, retry = false, timeout = %d,
        track = { url = %q, store = %q, on_resolved = function() end },
        on_request = %s and function() os.execute("kill -9 " .. core.process_id()) end or nil,
      }
      local _, err = client:send { to = "37069912345", from = "MyShop", message = "x" }
      print(err.tracking_id)
      io.stdout:flush()
      os.execute("kill -9 " .. core.process_id())
      print("alive")
    ]])
    server:script(BROKEN)
    local _, output = process.run({ process.lua(), "-e", script:format(server.url, 5, URL, path, "false") })
    local id = output:match("^(%x+)\n$")
    assert.is_truthy(id, output)
    _, output = process.run({ process.lua(), "-e", script:format(server.url, 5, URL, path, "true") })
    assert.equal("", output)

    local events, now = {}, os.time()
    local tracks = tracking.new({
      store = path, clock = function() return now end, on_resolved = function(event) events[#events + 1] = event end,
    })
    local handler = callback.handler({ tracking = tracks })
    local function report(track, number)
      local body = ('{"id":"%d","status":1}'):format(number)
      return (handler("POST", {}, body, VERTEXSMS, "/?track=" .. track))
    end
    local other
    for open_id in pairs(tracks.store:entries()) do
      if open_id ~= id then other = open_id end
    end
    assert.equal(200, report(id, 1))
    assert.equal(1, #events)
    -- The one that died in the middle may for all we know still be under way; a report is kept until it cannot be.
    assert.equal(200, report(other, 2))
    assert.equal(1, #events)
    now = now + 5 + 61
    assert.equal(1, #tracks:expire())
    assert.same({ other, "2" }, { events[2].tracking_id, events[2].id })
    assert.equal("", ids(tracks.store))
  end)

  it("gives way at once when the process that had an entry in hand was killed", function()
    local path = new_path()
    local function script(act)
      return ([[
        local tracks = require("vertexsms.tracking").new { store = %q, on_resolved = function() %s end }
        tracks:settle(("a"):rep(32), { id = "1", state = "delivered" })
      ]]):format(path, act)
    end
    put(open(path), ("a"):rep(32))
    process.run({ process.lua(), "-e", script("os.execute('kill -9 ' .. require('vertexsms.core').process_id())") })
    local _, output, problems = process.run({ process.lua(), "-e", script("print('resolved')") })
    assert.equal("resolved\n", output, problems)
    assert.equal("", ids(open(path)))
  end)
end)
