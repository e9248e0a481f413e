-- examples/lua_http.lua against the simulator, under LuaJIT because lua-http is packaged for it.

local cjson = require("cjson")
local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local simulators = require("spec.support.simulator")
local socket = require("socket")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return tostring(port)
end

local function start(url, secret)
  local env = {
    VERTEXSMS_TOKEN = "token-of-the-example", VERTEXSMS_BASE_URL = url, CALLBACK_SECRET = secret or "a secret",
  }
  return process.start({ "luajit", "examples/lua_http.lua", free_port() }, { env = env })
end

local function listening(url)
  local server = start(url)
  return server, server:expect("^listening on (%S+)")
end

local function post(url, body)
  local status, answer = web.request("POST", url, {}, body)
  return status, cjson.decode(answer)
end

describe("examples/lua_http", function()
  teardown(process.stop_all)

  it("sends a code, takes its delivery report on the same port, and bounds the guesses", function()
    local simulator = simulators.start()
    local server, url = listening(simulator.url)
    local status, answer = post(url .. "/otp", "to=37061234567")
    assert.equal(200, status)
    server:expect("^message %d+ is delivered %(ok%)$")
    simulator:expect("report %d+ delivered .* 200 OK")
    assert.equal(429, (post(url .. "/otp", "to=%2B37061234567")))
    for i = 1, 6 do assert.equal(403, (post(url .. "/verify", ("session=%s&code=x%d"):format(answer.session, i)))) end
    assert.equal(403, (web.request("POST", url .. "/vertexsms?secret=wrong", {}, '{"id":"1","status":1}')))
    server:expect("callback answered 403")
    simulator:stop()
  end)

  it("knows the code again, once", function()
    local service = scripted.start()
    service:script({ body = '["1281532560"]' })
    local _, url = listening(service.url)
    local _, answer = post(url .. "/otp", "to=37061234567")
    local form = ("session=%s&code=%s"):format(answer.session, service:request().body:match("(%d%d%d%d%d%d) is your"))
    assert.same({ 200, { verified = "37061234567" } }, { post(url .. "/verify", form) })
    assert.equal(403, (post(url .. "/verify", form)))
    service:stop()
  end)

  it("refuses what it has no route for, and what is too much", function()
    local _, url = listening("http://127.0.0.1:1")
    assert.equal(404, (post(url .. "/other", "{}")))
    assert.equal(404, (web.request("GET", url .. "/otp")))
    assert.equal(400, (post(url .. "/otp", "to=nobody")))
    assert.equal(413, (post(url .. "/otp", ("x"):rep(2000))))
    for _ = 1, 3 do assert.equal(503, (post(url .. "/otp", "to=37061234567"))) end -- not sent: at once again
  end)

  it("does not repeat a send of unknown outcome", function()
    local faults = fault_servers.start()
    local _, url = listening(faults:url("status", "/500"))
    local status, answer = post(url .. "/otp", "to=37061234567")
    assert.same({ 202, "It may take a minute. Please wait for the SMS." }, { status, answer.message })
    assert.equal(429, (post(url .. "/otp", "to=37061234567")))
    assert.equal(1, faults:seen("status").requests)
    faults:stop()
  end)

  it("says what is missing", function()
    local server = start("", "")
    server:expect("CALLBACK_SECRET is missing")
    assert.equal(1, server:wait())
  end)
end)
