-- Runs the contract as a game would: a frame every few milliseconds, and an update in each.

local contract = require("spec.host.contract.promises")
local core = require("vertexsms.core")
local vertexsms = require("vertexsms")

local context = contract.context("tick", require("cjson").decode(arg[1]))
local clients = setmetatable({}, { __mode = "k" })

-- The game knows its clients; here, all there are.
local new = vertexsms.safe.new
vertexsms.safe.new = function(options)
  local client, err = new(options)
  if client then clients[client] = true end
  return client, err
end

context.kill = function(work)
  local thread = coroutine.create(work)
  assert(coroutine.resume(thread))
  if rawget(coroutine, "close") then rawget(coroutine, "close")(thread) end
end

local done = false
local run = coroutine.wrap(function()
  contract.run(context, print)
  done = true
end)
run()
local frames = 0
while not done and frames < 20000 do
  for client in pairs(clients) do client:update(0.002) end
  if context.store then require("vertexsms.host.tick").update(context.store, 0.002) end
  core.sleep(0.002)
  frames = frames + 1
end
print("the loop has ended")
