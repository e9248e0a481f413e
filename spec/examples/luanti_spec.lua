-- The mod in a real Luanti server, without a player: a second mod calls its chat command, as the engine would.

local fault_servers = require("spec.support.faults")
local luanti = require("spec.support.luanti")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local socket = require("socket")

local SETTINGS = [[
secure.vertexsms_token_file = $folder/token
secure.vertexsms_operator = 37069912345
secure.vertexsms_from = MyServer
secure.vertexsms_base_url = %s
]]

-- Reports, and tries from within the mod's callback to get hold of what only the trusted mod may have.
local PROBE = [[
local function say(...) print("probe:", ...) end
minetest.chat_send_player = function(player, text)
  say("told", player, text)
  for level = 1, 30 do
    local ok, env = pcall(getfenv, level)
    if ok and env ~= _G then
      say("stolen", type(rawget(env, "package")), type(env.os.execute), type(env.io.popen),
        pcall(env.require, "ffi"))
    end
  end
  say("end")
end
minetest.after(0, function()
  local command = minetest.registered_chatcommands.report
  if not command then return say("no command") end
  say(command.func("ann", ""))
  say(command.func("ann", ("x"):rep(301)))
  say(command.func("ann", "somebody is griefing"))
  say(command.func("ann", "somebody is griefing"))
end)
]]

local function free_udp_port()
  local udp = assert(socket.udp())
  assert(udp:setsockname("127.0.0.1", 0))
  local _, port = udp:getsockname()
  udp:close()
  return port
end

local function start(settings)
  return luanti.start({
    mod = "examples/luanti", probe = PROBE, settings = settings, port = free_udp_port(),
    files = { token = "token-of-the-spec\n" },
  })
end

-- The server brings its own LuaJIT.
if not rawget(_G, "jit") then return end

describe("the mod for Luanti", function()
  local simulator

  setup(function()
    assert(luanti.program(), "there is no minetestserver; try 'make deps'")
    simulator = simulators.start()
  end)
  teardown(process.stop_all)

  it("sends a report to the operator", function()
    local server = start("secure.trusted_mods = vertexsms_report\n" .. SETTINGS:format(simulator.url))
    server:expect("probe:\tfalse\tWhat do you want to report?")
    server:expect("probe:\tfalse\tThat is too long")
    server:expect("probe:\ttrue\tYour report is on its way")
    server:expect("probe:\tfalse\tYou have just reported something")
    server:expect("probe:\ttold\tann\tThe operator gets your report")
    server:expect("probe:\tend")
    assert.equal(0, luanti.stop(server))
    assert.not_matches("ERROR", server:output())
    assert.matches("to 37069912345 from MyServer, 1 part", simulator:expect("(POST /sms 200 .*)"))
  end)

  it("says what became of a report that did not get through", function()
    local faults = fault_servers.start()
    for url, words in pairs({
      [faults:url("status", "/400")] = "could not be sent: please tell a moderator",
      [faults:url("refused")] = "could not be sent: try again later",
      [faults:url("status", "/500")] = "may have got your report; please do not repeat it",
    }) do
      local server = start("secure.trusted_mods = vertexsms_report\n" .. SETTINGS:format(url))
      server:expect("probe:\ttold\tann\t.*" .. words)
      assert.equal(0, luanti.stop(server))
    end
    faults:stop()
  end)

  it("stops at once with a report under way", function()
    local faults = fault_servers.start()
    local server = start("secure.trusted_mods = vertexsms_report\n" .. SETTINGS:format(faults:url("hang")))
    server:expect("probe:\ttrue\tYour report is on its way")
    local started = socket.gettime()
    assert.equal(0, luanti.stop(server))
    assert.is_true(socket.gettime() - started < 10) -- a send would wait for 30
    faults:stop()
  end)

  it("gives the engine's trust to no other mod", function()
    local server = start("secure.trusted_mods = vertexsms_report\n" .. SETTINGS:format(simulator.url))
    server:expect("probe:\tend")
    luanti.stop(server)
    for found in server:output():gmatch("probe:\tstolen\t([^\n]+)") do
      assert.matches("^nil\tnil\tnil\tfalse", found)
    end
  end)

  it("says at the server's start which setting is wrong, and why", function()
    local trust = "secure.trusted_mods = vertexsms_report\n"
    local good = trust .. SETTINGS:format(simulator.url)
    for setting, change in pairs({
      ["secure.vertexsms_token_file is not set"] = { "secure.vertexsms_token_file[^\n]*", "" },
      ["secure.vertexsms_token_file cannot be read: /no/such: No such file"] = { "$folder/token", "/no/such" },
      ["secure.vertexsms_token_file is empty"] = { "$folder/token", "/dev/null" },
      ["secure.vertexsms_operator is not set"] = { "secure.vertexsms_operator[^\n]*", "" },
      ["secure.vertexsms_operator must be digits only"] = { "37069912345", "+370 699" },
      ["secure.vertexsms_from must be a phone number"] = { "MyServer", "My_Server" },
      ["secure.vertexsms_base_url is wrong: base_url"] = { "http://127[^\n]*", "http://example.com" },
    }) do
      local server = start((good:gsub(change[1], change[2])))
      server:expect("vertexsms_report: " .. setting:gsub("%p", "%%%0"))
      server:expect("probe:\tno command")
      assert.equal(0, luanti.stop(server))
    end
  end)

  it("says that the library is missing", function()
    local server = luanti.start({
      mod = "examples/luanti", probe = PROBE, port = free_udp_port(),
      settings = "secure.trusted_mods = vertexsms_report\n" .. SETTINGS:format(simulator.url),
      files = { token = "token-of-the-spec\n" }, env = { LUA_PATH = "/nowhere/?.lua", LUA_CPATH = "/nowhere/?.so" },
    })
    server:expect("vertexsms_report: the library does not load: .*vertexsms")
    server:expect("probe:\tno command")
    assert.equal(0, luanti.stop(server))
  end)

  it("without trust says how to allow it, and the server runs", function()
    local server = start(SETTINGS:format(simulator.url))
    server:expect("vertexsms_report: not trusted; add it to secure.trusted_mods")
    server:expect("probe:\tno command")
    assert.equal(0, luanti.stop(server))
  end)
end)
