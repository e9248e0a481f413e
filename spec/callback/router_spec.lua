-- callback.lua_http behind a router on a lua-http server, which has read the headers.
--
-- The handler read them itself once more, found nothing, and the caller's answer was lua-http's 503, without a word in
-- any log. Under LuaJIT, because lua-http is packaged for it.

local process = require("spec.support.process")
local web = require("spec.support.web")

local SCRIPT = [[
  package.path = "lua/?.lua;" .. package.path
  package.cpath = "build/luajit/?.so;" .. package.cpath
  local callback = require "vertexsms.callback"
  local function say(...) print(...) io.stdout:flush() end
  local function log(line) say("log", line) end
  local handler = callback.handler {
    allow_loopback = true, on_report = function(report) say("report", report.id) end, on_event = function() end,
  }
  local reports = callback.lua_http(handler, log)
  local routes = {
    ["/reports"] = reports,
    ["/without"] = function(server, stream) reports(server, stream) end,
    ["/late"] = function(server, stream, headers)
      stream:get_body_as_string(5)
      reports(server, stream, headers)
    end,
    ["/raises"] = function() error("the route's own fault", 0) end,
    ["/silent"] = function() end,
  }
  local server = assert(require("http.server").listen {
    host = "127.0.0.1", port = 0, tls = false, onstream = function(server, stream)
      local headers = stream:get_headers(5)
      if headers then routes[headers:get(":path")](server, stream, headers) end
    end,
  })
  callback.protect(server, log)
  assert(server:listen())
  say("port", (select(3, server:localname())))
  assert(server:loop())
]]

local HTTP2 = [[
  local request = require("http.request").new_from_uri(os.getenv("TARGET"))
  request.version = 2
  request.headers:upsert(":method", "POST")
  request:set_body('{"id":"2","status":1}')
  local headers = require("cqueues").new():wrap(function()
    local headers = request:go(5)
    io.write(headers and headers:get(":status") or "none")
  end):loop()
]]

describe("callback.lua_http behind a router", function()
  local server, url

  setup(function()
    server = process.start({ "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "luajit", "-e", SCRIPT })
    url = "http://127.0.0.1:" .. server:expect("^port%s(%d+)$")
  end)
  teardown(process.stop_all)

  local function over_http1(path)
    return (web.request("POST", url .. path, {}, '{"id":"1","status":1}'))
  end

  local function over_http2(path)
    local _, status = process.run({ "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "TARGET=" .. url .. path, "luajit",
      "-e", HTTP2 })
    return tonumber(status)
  end

  for name, post in pairs({ ["HTTP/1.1"] = over_http1, ["HTTP/2"] = over_http2 }) do
    it("serves a request whose headers it is given, over " .. name, function()
      assert.equal(200, post("/reports"))
      server:expect("^report\t%d$")
    end)

    it("says so when they are not given, over " .. name, function()
      assert.equal(500, post("/without"))
      server:expect("^log\t.*the request's headers were read before; .* call onstream%(server, stream, headers%)")
    end)

    it("says so when the body was read, too, over " .. name, function()
      assert.equal(500, post("/late"))
      server:expect("^log\t.*the request's body was read before")
    end)

    it("answers for a route that raises, or that does not answer, over " .. name, function()
      assert.equal(503, post("/raises"))
      server:expect("^log\t.*the route's own fault")
      assert.equal(503, post("/silent"))
    end)
  end
end)
