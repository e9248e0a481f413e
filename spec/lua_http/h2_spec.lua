-- What several requests of one HTTP/2 connection do to each other. The connection is played: in a real one it is chance
-- who reads which frame. In LuaJIT, because lua-http is packaged for it.

local process = require("spec.support.process")

local SCRIPT = [[
  package.path = "lua/?.lua;" .. package.path
  package.cpath = "build/luajit/?.so;" .. package.cpath
  local h2 = require "vertexsms.lua_http.h2"
  local function count_calls(had_eagain)
    local count = 0
    local connection = { had_eagain = had_eagain, new_streams_cond = { signal = function() count = count + 1 end } }
    local stream = { connection = connection, recv_headers_fifo = { length = function() return 1 end } }
    assert(h2.await_head(stream, 1))
    return count
  end
  print(count_calls(false), count_calls(true))
]]

describe("a request over HTTP/2", function()
  it("wakes the server where more may have been read than the frame it waited for, and nowhere else", function()
    local code, output = process.run({ "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "luajit", "-e", SCRIPT })
    assert.same({ 0, "1\t0" }, { code, (output:gsub("%s+$", "")) })
  end)
end)
