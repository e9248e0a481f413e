--- wait_for_delivery: asks until the state is final, for less than the time in which clients give a call up.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local status_tool = require("vertexsms.mcp.tools.get_message_status")

local M = {
  title = "Wait until an SMS is delivered",
  description = "Waits until an SMS is delivered or has failed, at most 45 seconds. When it says still_pending, call"
    .. " again later; do not send again.",
  required = { "id" },
  properties = {
    id = fields.ID,
    seconds = { type = "integer", minimum = 1, maximum = 45, description = "How long to wait. Left out: 30." },
  },
  output = { still_pending = { type = "boolean" } },
}

for name, schema in pairs(status_tool.output) do M.output[name] = schema end

local PENDING = "Not known yet. Call again later. Do NOT send the message again."

-- Seconds between two words about how far it has come.
local STEP = 5

-- The client's host, which says in each pause how long the call has waited.
local function telling(call, host, most)
  local function sleep(seconds, engine)
    while seconds > 0 and not call:must_stop() do
      local waited = most - call:left(most)
      call:tell_progress(math.floor(waited * 10) / 10, most, "not delivered yet")
      local step = math.min(seconds, STEP)
      host.sleep(step, engine)
      seconds = seconds - step
    end
  end
  return setmetatable({ sleep = sleep }, { __index = host })
end

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local most = arguments.seconds or 30
  client.host = telling(call, client.host, most)
  local status
  status, err = client:wait_delivered(arguments.id, { timeout = most })
  if status then return status_tool.shown(status) end
  if err.kind ~= "timeout" or not err.last then return nil, err end
  local shown = status_tool.shown(err.last)
  shown.still_pending, shown.next = true, PENDING
  return shown
end

return M
