-- A handler on a lua-http server of the user's, under LuaJIT because lua-http is packaged for it.

local hostile = require("spec.support.hostile")
local process = require("spec.support.process")
local web = require("spec.support.web")

local SCRIPT = [[
  package.path = "lua/?.lua;" .. package.path
  package.cpath = "build/luajit/?.so;" .. package.cpath
  local callback = require "vertexsms.callback"
  local function say(...) print(...) io.stdout:flush() end
  local cqueues = require "cqueues"
  local handler = callback.handler {
    allow_loopback = true, secret = "s",
    on_report = function(report) cqueues.sleep(0) say("report", report.id, report.state) end,
    on_event = function(event) say("event", event.status, event.reason) end,
  }
  local server = assert(require("http.server").listen {
    host = "127.0.0.1", port = 0, tls = false,
    onstream = callback.lua_http(handler, function(line) say("log", line) end),
  })
  assert(server:listen())
  say("port", (select(3, server:localname())))
  server:loop()
]]

-- Two requests at once, then one after another.
local HTTP2_CLIENT = [[
  local client, new_headers = require("http.client"), require("http.headers").new
  local cqueues = require("cqueues")
  local said, streams = {}, {} -- lua-http takes a frame of a stream that was collected for one of a new stream
  local function ask(connection, method, path, body)
    local stream, head = connection:new_stream(), new_headers()
    head:append(":method", method)
    head:append(":scheme", "http")
    head:append(":authority", "localhost")
    head:append(":path", path)
    if body then head:append("content-length", tostring(#body)) end
    assert(stream:write_headers(head, body == nil, 5))
    if body then stream:write_body_from_string(body, 5) end
    streams[#streams + 1] = stream
    return stream
  end
  local function say(stream)
    local head = assert(stream:get_headers(5))
    local body = stream:get_body_as_string(5)
    said[#said + 1] = table.concat({ head:get(":status"), head:get("content-type"), body }, " ")
  end
  local cq = cqueues.new()
  cq:wrap(function()
    local options = { host = "127.0.0.1", port = os.getenv("PORT"), tls = false, version = 2 }
    local connection = assert(client.connect(options, 5))
    local one = ask(connection, "POST", "/?secret=s", '{"id":"20","status":1}')
    local two = ask(connection, "POST", "/?secret=s", '{"id":"21","status":1}')
    say(one)
    say(two)
    say(ask(connection, "GET", "/?secret=s"))
    say(ask(connection, "POST", "/", "{}"))
    say(ask(connection, "POST", "/?secret=s", ("x"):rep(70000)))
    say(ask(connection, "POST", "/?secret=s", "{"))
    say(ask(connection, "POST", "/?secret=s", '{"id":"22","status":1}'))
    connection:close()
  end)
  assert(cq:loop())
  io.write(table.concat(said, " "))
]]

describe("callback.lua_http", function()
  local server, url

  setup(function()
    server = process.start({ "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "luajit", "-e", SCRIPT })
    url = "http://127.0.0.1:" .. server:expect("^port%s(%d+)$")
  end)
  teardown(process.stop_all)

  it("serves the handler, once for each report", function()
    for _ = 1, 2 do
      local status, body, headers = web.request("POST", url .. "/?secret=s", {}, '{"id":"1","status":1}')
      assert.same({ 200, "OK", "text/plain" }, { status, body, headers["content-type"] })
    end
    assert.equal("report\t1\tdelivered", server:line())
    assert.equal("event\t200\tthis report was handled before", server:line())
  end)

  it("serves it over HTTP/2, two requests of one connection at a time", function()
    local code, said = process.run({ "env", "-u", "LUA_PATH", "-u", "LUA_CPATH",
      "PORT=" .. url:match("%d+$"), "luajit", "-e", HTTP2_CLIENT })
    assert.equal(0, code)
    assert.equal("200 text/plain OK 200 text/plain OK 405 text/plain Method Not Allowed 403 text/plain Forbidden "
      .. "413 text/plain Content Too Large 400 text/plain Bad Request 200 text/plain OK", said)
    assert.equal("report\t20\tdelivered", server:line())
    assert.equal("report\t21\tdelivered", server:line())
    server:expect("report\t22\tdelivered")
  end)

  it("lives on after HTTP/2 that broke off, with lua-http's own onerror", function()
    for _, kind in ipairs(hostile.KINDS) do
      if kind[1]:find("HTTP/2", 1, true) then hostile.attack(url, kind, {}) end
    end
    assert.equal(200, (web.request("POST", url .. "/?secret=s", {}, '{"id":"30","status":1}')))
    server:expect("report\t30\tdelivered")
  end)

  it("refuses as the handler says", function()
    assert.equal(403, (web.request("POST", url, {}, '{"id":"1","status":1}')))
    assert.equal(405, (web.request("GET", url .. "/?secret=s")))
    assert.equal(400, (web.request("POST", url .. "/?secret=s", {}, "{")))
    assert.equal(413, (web.request("POST", url .. "/?secret=s", {}, ("x"):rep(70000))))
  end)

  it("lives on after a request that broke off, which lua-http 0.4 would spin on", function()
    for _, text in ipairs({ "POST /?secret=s HTTP/1.1\r\nContent-Length: 100\r\n\r\n{", "garbage\r\n\r\n",
      "POST /?secret=s HTTP/1.1\r\nContent-Length: x\r\n\r\n" }) do
      local connection = web.connect(url)
      connection:send(text)
      connection:close()
    end
    assert.equal(200, (web.request("POST", url .. "/?secret=s", {}, '{"id":"2","status":1}')))
    server:expect("^log\t")
  end)

  it("does not wait for the body of a stranger", function()
    local connection = web.connect(url)
    connection:send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert.equal("403", web.read_message(connection):match("%d%d%d"))
    connection:close()
  end)
end)
