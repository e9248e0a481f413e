--- POST /sms: takes one message or an array of them, answers with their IDs.
--
-- Tested in spec/simulator/init_spec.lua.

local message = require("vertexsms.simulator.message")
local submission = require("vertexsms.simulator.submission")

return { { pattern = "^/sms$", methods = { POST = submission.method("SMS", message.check_sms) } } }
