--- Recipients and senders, as VertexSMS's documentation has them.
--
-- ASCII digits and letters only, and nothing around them: a space, a dash, a line end or a digit of another script is
-- refused, not repaired, because a repaired number may be somebody else's.

local M = {}

-- 15 is the bound of ITU-T E.164 section 6.2.  It has no lower one; 7 digits are the shortest numbers that exist (+683
-- and +690, four digits after the country code).
local DIGITS_MIN, DIGITS_MAX = 7, 15
local SENDER_MAX = 11

--- A telephone number in international form: country code first, with or without a plus in front.
---@param text string
---@return string|nil msisdn the digits alone, as they go over the wire
---@return string|nil reason
function M.msisdn(text)
  if type(text) ~= "string" then return nil, "must be a string, not a " .. type(text) end
  local digits = text:match("^%+?([0-9]+)$")
  if not digits then return nil, "must be digits only, such as 37069912345" end
  if digits:sub(1, 1) == "0" then return nil, "must begin with a country code, not with 0" end
  if #digits < DIGITS_MIN or #digits > DIGITS_MAX then
    return nil, ("must have %d to %d digits"):format(DIGITS_MIN, DIGITS_MAX)
  end
  return digits
end

--- A sender ID: an MSISDN, or 1 to 11 Latin letters, digits, spaces and dots.
---@param text string
---@return string|nil sender an MSISDN without its plus, anything else as it is
---@return string|nil reason
function M.sender(text)
  if type(text) ~= "string" then return nil, "must be a string, not a " .. type(text) end
  if #text >= 1 and #text <= SENDER_MAX and not text:find("[^A-Za-z0-9 .]") then return text end
  local digits = M.msisdn(text)
  if digits then return digits end
  return nil, ("must be an MSISDN or 1 to %d Latin letters, digits, spaces and dots"):format(SENDER_MAX)
end

return M
