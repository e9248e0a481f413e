--- The same number twice in a list of messages. It may be meant, and is sent to twice; more often it is an oversight.
--
-- Tested in spec/api/sms_spec.lua and spec/request/together_spec.lua.

local attempts = require("vertexsms.request.attempts")

local M = {}

-- With or without its plus it is the same number.
local function number_of(message)
  local to = message.to
  if type(to) ~= "string" then return nil end
  return to:byte() == 43 and to:sub(2) or to -- '+'
end

--- Tells on_warning, once for a list: how many messages go to a number that an earlier one went to already, and the
-- first two that do. It tells places in the list, not the number.
---@param client vertexsms.AnyClient
---@param path string of the requests
---@param messages { to: any }[] plain tables
function M.warn(client, path, messages)
  local seen, count, first, index = {}, 0, nil, nil
  for i, message in ipairs(messages) do
    local number = number_of(message)
    if number and seen[number] then
      count = count + 1
      if not first then first, index = seen[number], i end
    elseif number then
      seen[number] = i
    end
  end
  if count == 0 then return end
  attempts.call_hook(client, "on_warning", {
    code = "same_recipient", method = "POST", path = path, messages = #messages, repeated = count, first = first,
    index = index,
  })
end

return M
