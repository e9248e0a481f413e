-- A handler on a lua-http server of one's own, under LuaJIT because lua-http is packaged for it.

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
    host = "127.0.0.1", port = 0, onstream = callback.lua_http(handler, function(line) say("log", line) end),
  })
  assert(server:listen())
  say("port", (select(3, server:localname())))
  server:loop()
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
    assert.equal("event\t200\tit was handled before", server:line())
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
