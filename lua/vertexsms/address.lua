--- Recipients and senders, as VertexSMS's documentation has them.
--
-- ASCII digits and letters only, and nothing around them: a space, a dash, a line end or a digit of another script is
-- refused, not repaired, because a repaired number may belong to another person.

local core = require("vertexsms.base.core")
local shown = require("vertexsms.base.shown")

local M = {}

local function check_type(text)
  if type(text) == "string" then return nil end
  return 'must be a string such as "37069912345", not ' .. shown.type_and_value(text)
end

--- A telephone number in international form: country code first, with or without a plus in front; 7 to 15 digits.
---@param text string
---@return string|nil msisdn the digits alone, as they go over the wire
---@return string|nil reason
function M.msisdn(text)
  local reason = check_type(text)
  if reason then return nil, reason end
  return core.msisdn(text)
end

--- A sender ID: an MSISDN, or 1 to 11 Latin letters, digits, spaces and dots.
---@param text string
---@return string|nil sender an MSISDN without its plus, anything else as it is
---@return string|nil reason
function M.sender(text)
  local reason = check_type(text)
  if reason then return nil, reason end
  return core.sender(text)
end

return M
