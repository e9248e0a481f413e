-- Runs the contract inside a cqueues loop.

local contract = require("spec.host.contract.promises")
local cqueues = require("cqueues")

local context = contract.context("cqueues", require("cjson").decode(arg[1]))
local loop = cqueues.new()

-- A loop of its own that is given up with the coroutine in it.
context.kill = function(work)
  local doomed = cqueues.new()
  doomed:wrap(work)
  doomed:step(0)
end

loop:wrap(function() contract.run(context, print) end)
assert(loop:loop(60))
print("the loop has ended")
