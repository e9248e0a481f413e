-- Runs the contract inside libuv's loop.

local contract = require("spec.host.contract.promises")
local uv = require("luv")

local context = contract.context("luv", require("cjson").decode(arg[1]))

context.kill = function(work)
  local thread = coroutine.create(work)
  assert(coroutine.resume(thread))
  if rawget(coroutine, "close") then rawget(coroutine, "close")(thread) end
end

coroutine.wrap(function() contract.run(context, print) end)()
uv.run()
print("the loop has ended")
