--- send_sms: one SMS, after the person has agreed.
--
-- Tested in spec/mcp/consent_spec.lua.

local drafts = require("vertexsms.message.draft")
local errors = require("vertexsms.error")
local fields = require("vertexsms.mcp.tools.fields")
local mask = require("vertexsms.mcp.mask")
local once = require("vertexsms.mcp.once")
local results = require("vertexsms.mcp.result")

local M = {
  title = "Send an SMS", is_billed = true, audited = fields.MESSAGE_AUDITED,
  description = "Sends one SMS. It costs money and cannot be taken back. The person is asked about each message. Use it"
    .. " only where the person asked for this message to this recipient. The same call within ten minutes is not sent"
    .. " again: it gives the first outcome. When the outcome is unknown, do not call again.",
  required = { "to", "from", "message" },
  properties = {
    preview_token = { type = "string", minLength = 1, maxLength = 64,
      description = "What preview_sms gave for exactly this message. Needed only where it gives one." },
  },
  output = {
    outcome = { type = "string", enum = { "accepted" } }, id = { type = "string" }, parts = { type = "integer" },
    test = { type = "boolean" }, repeated = { type = "boolean" },
  },
}

for name, property in pairs(fields.MESSAGE_PROPERTIES) do M.properties[name] = property end

local OFF = "sending is switched off here: the operator has not set VERTEXSMS_MCP_MODE=live (or test)"
local OFF_NEXT = "Nothing was sent. preview_sms says what the message would be and cost. Tell the person that only the"
  .. " operator can switch sending on."

local function price_line(price, currency, reason)
  return price and ("Price: %s %s"):format(price, currency) or "Price: not known: " .. reason
end

local function earlier_line(row)
  if not row then return nil end
  local words = row.state == "accepted" and "was accepted" or "has an unknown outcome, it may have been sent"
  return ("Careful: the very same message %s %s ago."):format(words, fields.age(row))
end

-- The text comes last: what it says cannot be taken for a line of ours.
local function question(draft, mode, price, currency, reason)
  return function(earlier)
    local wire, estimate = draft.wire, draft.estimate or {}
    local lines = {
      mode == "test" and "Send this TEST SMS? Nothing reaches a phone." or "Send this SMS? It cannot be taken back.",
      "To: " .. wire.to, "From: " .. mask.quoted(wire.from),
      ("Parts: %s (%s)"):format(estimate.parts or "not known", estimate.encoding or "unknown encoding"),
    }
    if mode == "live" then lines[#lines + 1] = price_line(price, currency, reason) end
    if wire.scheduled then lines[#lines + 1] = "Scheduled: " .. wire.scheduled end
    lines[#lines + 1] = earlier_line(earlier)
    lines[#lines + 1] = "Text: " .. mask.quoted(wire.message)
    return table.concat(lines, "\n")
  end
end

local function job_of(client, message, draft, mode)
  local price, currency, reason
  if mode == "live" then price, currency, reason = fields.price(client, message) end
  return {
    tool = "send_sms", mode = mode, fields = draft.wire, draft = draft, recipient = mask.number(draft.wire.to),
    parts = draft.estimate and draft.estimate.parts, price = price and price .. " " .. currency, has_preview = true,
    question = question(draft, mode, price, currency, reason),
    perform = function() return client:send(message) end,
  }
end

function M.run(call, arguments)
  local policy = call.server.policy
  if policy.mode == "preview" then return nil, results.forbidden(OFF, OFF_NEXT) end
  local reason = call.server.audit:check()
  if reason then return nil, errors.new({ kind = "internal", message = "the audit cannot be written: " .. reason }) end
  local client, err = call:client()
  if not client then return nil, err end
  local message = fields.message(arguments, policy.mode)
  local draft
  draft, err = drafts.new(client, message)
  if not draft then return nil, err end
  local sent, question_
  sent, err, question_ = once.perform(call, client, job_of(client, message, draft, policy.mode))
  if not sent then return nil, err, question_ end
  sent.test = policy.mode == "test" or nil
  sent.next = sent.next or "Accepted is not delivered: wait_for_delivery or get_message_status says what became of it."
  return sent
end

return M
