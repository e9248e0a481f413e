--- What tools have in common: arguments of a message, and what is said of it.
--
-- Tested in spec/mcp/init_spec.lua.

local M = {}

M.TO = { type = "string", minLength = 7, maxLength = 16,
  description = "Recipient: phone number in international form, digits only, such as 37069912345." }
M.FROM = { type = "string", minLength = 1, maxLength = 16,
  description = "Sender: a registered sender ID of at most 11 characters, such as MyShop, or a phone number." }
M.MESSAGE = { type = "string", minLength = 1, maxLength = 39015, description = "The text." }
M.ID = { type = "string", minLength = 1, maxLength = 64, description = "The id that send_sms gave." }

M.PREVIEW_TOKEN = { type = "string", minLength = 1, maxLength = 64,
  description = "What the first call gave, together with a preview. Needed only where it gives one." }

--- Arguments of a message.
M.MESSAGE_PROPERTIES = {
  to = M.TO, from = M.FROM, message = M.MESSAGE,
  scheduled = { type = "string", minLength = 1, maxLength = 40,
    description = "When it is to be sent, such as 2015-01-01T13:00:00+02:00. Left out: now." },
  expireIn = { type = "integer", minimum = 360, maximum = 432000,
    description = "Seconds after which it is not delivered any more." },
}

M.MESSAGE_AUDITED = { to = "number", from = "sender", message = "text", preview_token = "secret" }

--- A message of a tool's arguments; in test mode VertexSMS sends nothing to a phone.
---@param arguments table
---@param mode "preview"|"test"|"live"
---@return vertexsms.Message
function M.message(arguments, mode)
  local message = { testMode = mode == "test" and "1" or nil }
  for name in pairs(M.MESSAGE_PROPERTIES) do message[name] = arguments[name] end
  return message
end

--- A copy of those fields that are there.
---@param source table
---@param names string[]
---@return table
function M.pick(source, names)
  local fields = {}
  for _, name in ipairs(names) do fields[name] = source[name] end
  return fields
end

--- How old a row of the ledger is. Where the clock was set back it may come from the future.
---@param row table
---@return string
function M.age(row)
  local minutes = math.floor(row.age / 60)
  if minutes < 1 then return "less than a minute" end
  return minutes == 1 and "1 minute" or ("%d minutes"):format(minutes)
end

--- Price and currency, or the reason why the price is not known.
---@param client vertexsms.SafeClient
---@param message vertexsms.Message
---@return string|nil price
---@return string|nil currency
---@return string|nil reason
function M.price(client, message)
  local cost, err = client:cost(message)
  if not cost then return nil, nil, err.message end
  return cost.totalPrice or cost.total, cost.currency or "EUR"
end

return M
