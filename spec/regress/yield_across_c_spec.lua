-- A coroutine cannot yield through a function that C called: the comparison of table.sort, a replacement of
-- string.gsub, a module that is being required; in Lua 5.1 pcall and the iterator of a `for`, too. The hosts handed
-- the request over first and yielded then: "attempt to yield across C-call boundary", the message went out, and its
-- outcome was lost. Now a call blocks there, as it does outside of coroutines.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local host, url = ...
local uv = host == "luv" and require("luv")
local core = require("vertexsms.core")
local vertexsms = require("vertexsms")
local client = vertexsms.new({ token = "t", base_url = url, host = host, retry = false })

local function send() print(client:send({ to = "37069912345", from = "MyShop", message = "x" }).status) end

local function run()
  pcall(send)
  table.sort({ 2, 1 }, function(a, b)
    send()
    return a < b
  end)
  string.gsub("x", "x", send)
  package.preload.sends = send
  require("sends")
  for _ in send do end
  client.host.sleep(0.001, client.engine)
  print("done")
end

if host == "cqueues" then
  local loop = require("cqueues").new()
  loop:wrap(run)
  assert(loop:loop(10))
else
  assert(coroutine.resume(coroutine.create(run)))
  if uv then uv.run() end
  for _ = 1, 500 do
    client:update()
    core.sleep(0.001)
  end
end
]]

for _, host in ipairs({ "luv", "cqueues", "tick" }) do
  it("where a coroutine cannot yield in a " .. host .. " host, a call ends all the same", function()
    local faults = fault_servers.start()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(CODE)
    file:close()
    local code, output, errors = process.run({ process.lua(), path, host, faults:url("ok") })
    os.remove(path)
    assert.equal(0, code, output .. errors)
    assert.equal(("200\n"):rep(5) .. "done\n", output)
    assert.equal(5, faults:seen("ok").requests)
    faults:stop()
  end)
end
