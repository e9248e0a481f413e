-- Runs the contract inside nginx: the content of a location.

local contract = require("spec.host.contract.promises")

local ngx = rawget(_G, "ngx")
local context = contract.context("nginx", require("cjson").decode(ngx.req.get_body_data() or "{}"))

context.kill = function(work)
  local thread = ngx.thread.spawn(work)
  ngx.sleep(0.005)
  ngx.thread.kill(thread)
end

-- A callback runs in a timer of its own, and nginx itself logs what it raises.
context.count_reports = function()
  return function() return 1 end
end

contract.run(context, function(line)
  ngx.say(line)
  ngx.flush(true)
end)
