--- preview_sms: what a message would be, and cost, and whether it might be sent. Nothing is sent.
--
-- Tested in spec/mcp/consent_spec.lua.

local consent = require("vertexsms.mcp.consent")
local drafts = require("vertexsms.message.draft")
local fields = require("vertexsms.mcp.tools.fields")
local ledgers = require("vertexsms.mcp.ledger")
local once = require("vertexsms.mcp.once")
local text = require("vertexsms.text").safe

local M = {
  title = "Preview an SMS", audited = fields.MESSAGE_AUDITED,
  description = "Says what an SMS would be: parts, encoding, the character that makes it longer, price, and whether the"
    .. " operator's limits would let it pass. Nothing is sent.",
  required = { "to", "from", "message" }, properties = fields.MESSAGE_PROPERTIES,
  output = {
    parts = { type = "integer" }, encoding = { type = "string" }, left = { type = "integer" },
    culprit = { type = "string" }, price = { type = "string" }, currency = { type = "string" },
    price_unknown = { type = "string" }, mode = { type = "string", enum = { "preview", "test", "live" } },
    allowed = { type = "boolean" }, refused_by = { type = "string" }, refusal = { type = "string" },
    earlier = { type = "string" }, preview_token = { type = "string" }, token_seconds = { type = "integer" },
  },
}

local function add_analysis(preview, message)
  local cost, err = text.analyze(message)
  if not cost then return err end
  preview.parts, preview.encoding, preview.left = cost.parts, cost.encoding, cost.left
  if cost.culprit then
    preview.culprit = ("%s at character %d is not GSM-7"):format(cost.culprit.codepoint, cost.culprit.position)
  end
end

local REFUSED_NEXT = "Nothing was sent, and send_sms would refuse it. Tell the person why."

local function add_refusal(preview, err)
  preview.allowed, preview.refused_by, preview.refusal = false, err.rule or err.kind, err.message
  preview.next = err.next or REFUSED_NEXT
end

local function judge(call, client, ledger, draft)
  local guard = call:guard()
  local pass, err = guard:examine(client, draft, { guard_key = "mcp" })
  return pass and once.would_pass(call, ledger, pass) or err
end

local TOKEN_NEXT = "Nothing was sent. Show this to the person; when they agree, send_sms with the same arguments and"
  .. " this preview_token sends it."

-- A token only where it is needed: where the client cannot ask, and the operator takes its approval.
local function add_token(preview, call, ledger, draft)
  local policy = call.server.policy
  if policy.mode ~= "live" or policy.consent ~= "client" or call.can_ask then return nil end
  local token, err = ledger:permit("preview", ledger:digest("send_sms", policy.mode, draft.wire))
  if not token then return err end
  preview.preview_token, preview.token_seconds, preview.next = token, ledgers.PERMIT_SECONDS, TOKEN_NEXT
end

local function add_earlier(preview, call, ledger, draft)
  local row, err = ledger:earlier(ledger:digest("send_sms", call.server.policy.mode, draft.wire))
  if row then
    preview.earlier = ("the very same message was sent %s ago, outcome %s"):format(fields.age(row), row.state)
  end
  return err
end

local function add_permission(preview, call, client, draft)
  local ledger, err = call:ledger()
  err = err or judge(call, client, ledger, draft) or add_earlier(preview, call, ledger, draft)
    or consent.obstacle(call, preview.mode) or add_token(preview, call, ledger, draft)
  if err then return add_refusal(preview, err) end
  preview.allowed = call.server.policy.mode ~= "preview"
end

local NEXT = {
  preview = "Nothing was sent. Sending is switched off here; only the operator can switch it on.",
  test = "Nothing was sent. send_sms would send a test: nothing reaches a phone.",
  live = "Nothing was sent. Show this to the person; send_sms sends it.",
}

function M.run(call, arguments)
  local mode = call.server.policy.mode
  local preview = { mode = mode, allowed = false, next = NEXT[mode] }
  local err = add_analysis(preview, arguments.message)
  if err then return nil, err end
  local client
  client, err = call:client()
  if not client then
    preview.price_unknown = err.message
    return preview
  end
  local message = fields.message(arguments, mode)
  local draft
  draft, err = drafts.new(client, message)
  if not draft then return nil, err end
  preview.price, preview.currency, preview.price_unknown = fields.price(client, message)
  if mode ~= "preview" or call.server.policy.guard then add_permission(preview, call, client, draft) end
  return preview
end

return M
