--- POST /viber: the same for Viber.

local message = require("vertexsms.simulator.message")
local submission = require("vertexsms.simulator.submission")

return { { pattern = "^/viber$", methods = { POST = submission.method("Viber", message.check_viber) } } }
