--- Recipients and senders, as VertexSMS's documentation has them.
--
-- ASCII digits and letters only, and nothing around them: a space, a dash, a line end or a digit of another script is
-- refused, not repaired, because a repaired number may be somebody else's.

local core = require("vertexsms.core")

local M = {}

local function check_type(text)
  return type(text) ~= "string" and "must be a string, not a " .. type(text) or nil
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
