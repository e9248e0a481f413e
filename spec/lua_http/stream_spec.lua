-- Strangers at the port of each server of ours. After each thing they do a good request is answered in time.
-- Afterwards the server has nothing to do, and keeps nothing open.
--
-- lua-http 0.4 reads "\r\n" and the end of a connection for ever, waits for ever in other places, and raises out of its
-- loop on broken frames of HTTP/2.

local hostile = require("spec.support.hostile")
local process = require("spec.support.process")
local socket = require("socket")
local web = require("spec.support.web")

local SCRIPT = [[
  package.path = "lua/?.lua;" .. package.path
  package.cpath = "build/luajit/?.so;" .. package.cpath
  local callback = require "vertexsms.callback"
  local handler = callback.handler { allow_loopback = true, on_report = function() end, on_event = function() end }
  local server = assert(require("http.server").listen {
    host = "127.0.0.1", port = 0, tls = false, onstream = callback.lua_http(handler, function() end),
  })
  callback.protect(server, function() end)
  assert(server:listen())
  print("listening on http://127.0.0.1:" .. select(3, server:localname()))
  io.stdout:flush()
  print("ended", server:loop())
]]

-- The plainest of routers.
local ROUTER = SCRIPT:gsub("onstream = (callback%.lua_http%b())", [[onstream = (function()
      local reports = %1
      return function(server, stream)
        local headers = stream:get_headers()
        if not headers then return end
        if headers:get(":path") == "/reports" then return reports(server, stream, headers) end
        local head = require("http.headers").new()
        head:append(":status", "404")
        stream:write_headers(head, true)
      end
    end)()]])

local function routed(id)
  return "/reports", {}, ('{"id":"%d","status":1}'):format(id)
end

local function report(id)
  return "/", {}, ('{"id":"%d","status":1}'):format(id)
end

local function message()
  return "/sms", { ["X-VertexSMS-Token"] = "t", ["Content-Type"] = "application/json" },
    '{"to":"37069912345","from":"MyShop","message":"a"}'
end

local SERVERS = {
  { "listen", { "luajit", "bin/vertexsms", "listen", "--port", "0" }, report },
  { "simulate", { "luajit", "bin/vertexsms", "simulate", "--port", "0" }, message },
  { "callback.lua_http", { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "luajit", "-e", SCRIPT }, report },
  { "a router", { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "luajit", "-e", ROUTER }, routed },
}

-- The program itself: what was started is timeout(1).
local function child_of(pid)
  return process.read_file(("/proc/%s/task/%s/children"):format(pid, pid)):match("%d+")
end

local function cpu_ticks(pid)
  local user, system = process.read_file(("/proc/%s/stat"):format(pid)):match("%) %S" .. (" %S+"):rep(10)
    .. " (%d+) (%d+)")
  return tonumber(user) + tonumber(system)
end

local function descriptors(pid)
  local pipe = io.popen(("ls /proc/%s/fd | wc -l"):format(pid))
  local count = tonumber(pipe:read("*a"))
  pipe:close()
  return count
end

describe("strangers at a port", function()
  teardown(process.stop_all)

  local function answers(url, request, id)
    local path, headers, body = request(id)
    local began = socket.gettime()
    assert.equal(200, (web.request("POST", url .. path, headers, body)))
    return socket.gettime() - began
  end

  local function close_all(connections)
    while #connections > 0 do table.remove(connections):close() end
  end

  -- A silent connection, on which nothing comes for so long.
  local function idle_ticks(url, pid)
    local connection, before = web.connect(url), cpu_ticks(pid)
    connection:settimeout(0.5)
    connection:receive(1)
    connection:close()
    return cpu_ticks(pid) - before
  end

  local function drops_to(count, pid)
    local deadline = socket.gettime() + 40
    while descriptors(pid) > count do
      if socket.gettime() > deadline then return false end
    end
    return true
  end

  for _, server in ipairs(SERVERS) do
    local name, words, request = server[1], server[2], server[3]

    it("do not stop " .. name, function()
      local running = process.start(words)
      local url = running:expect("^listening on (http://127%.0%.0%.1:%d+)")
      local pid, kept = child_of(running.pid), {}
      answers(url, request, 1)
      local before = descriptors(pid)
      for i, kind in ipairs(hostile.KINDS) do
        for _ = 1, 4 do hostile.attack(url, kind, kept) end
        assert.is_true(answers(url, request, 1000 + i) < 5, kind[1])
      end
      close_all(kept)
      answers(url, request, 2)
      assert.is_true(idle_ticks(url, pid) < 25, "it is busy with nothing")
      assert.is_true(drops_to(before + 2, pid), "it keeps connections")
      running:stop()
    end)

    it("cannot take every connection of " .. name, function()
      local running = process.start(words)
      local url = running:expect("^listening on (http://127%.0%.0%.1:%d+)")
      local pid, kept = child_of(running.pid), {}
      for i = 1, 700 do
        hostile.attack(url, hostile.SILENT, kept)
        if i % 100 == 0 then assert.is_true(answers(url, request, i) < 5) end
      end
      assert.is_true(descriptors(pid) < 600)
      close_all(kept)
      assert.is_true(idle_ticks(url, pid) < 25)
      running:stop()
    end)
  end
end)
