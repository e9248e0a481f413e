--- Finds the one-time code in a text.

local ascii = require("vertexsms.base.ascii")

local M = {}

-- Octets that are looked at: a code stands in a short text.
local TEXT_MAX = 2000
local DIGITS_MIN, DIGITS_MAX = 4, 8

-- What stands before or after a code in the languages of many messages.
local WORDS = {
  "code", "pin", "otp", "password", "passcode", "kod", "kood", "koodi", "contrase", "clave", "codice", "passwort",
  "kennwort", "slapta", "parole", "senha",
  "\208\186\208\190\208\180", -- Cyrillic: kod
  "\208\159\208\152\208\157", -- PIN
}
-- How near, in octets.
local NEAR = 40

-- Part of a number that is not a code: 12.50, 10:30, 2026-04-14, +370 699 12345.
local function is_part_of_more(text, from, to)
  local before, after = text:sub(1, from - 1), text:sub(to + 1)
  return before:find("[0-9][.,:/ -]$") ~= nil or before:find("[A-Za-z0-9_+/]$") ~= nil
    or after:find("^[.,:/-][0-9]") ~= nil or after:find("^[A-Za-z0-9_%%]") ~= nil
end

local function has_word(text)
  for _, word in ipairs(WORDS) do
    if text:find(word, 1, true) then return true end
  end
  return false
end

local function score(text, from, to, digits)
  local points = #digits == 6 and 2 or #digits == 4 and 1 or 0
  if has_word(text:sub(math.max(1, from - NEAR), from - 1)) then points = points + 6 end
  if has_word(text:sub(to + 1, to + NEAR)) then points = points + 3 end
  if digits:find("^[12][09][0-9][0-9]$") then points = points - 2 end -- a year, rather
  return points
end

-- Every run of digits, 123 456 and 123-456 as one. `G-` before it is Google's way.
local function candidates(text)
  local list, at = {}, 1
  while true do
    local from, to, first, second = text:find("%f[0-9]([0-9][0-9][0-9])[ -]([0-9][0-9][0-9])%f[^0-9]", at)
    local single, single_to, digits = text:find("%f[0-9]([0-9]+)%f[^0-9]", at)
    if not single then return list end
    if from == single then digits, single_to = first .. second, to end
    if #digits >= DIGITS_MIN and #digits <= DIGITS_MAX and not is_part_of_more(text, single, single_to) then
      list[#list + 1] = { from = single, to = single_to, digits = digits }
    end
    at = single_to + 1
  end
end

--- The code in a text: 4 to 8 digits, rather near a word such as "code", or as browsers read it, `@example.com #123456`
-- (https://wicg.github.io/sms-one-time-codes/).
---@param text string
---@return string|nil code its digits
function M.find(text)
  text = text:sub(1, TEXT_MAX)
  local bound = text:match("\n@[^ \n]+ #([0-9]+)[^\n]*$")
  if bound then return bound end
  local lowered, best = ascii.lower(text), nil
  for _, candidate in ipairs(candidates(lowered)) do
    candidate.points = score(lowered, candidate.from, candidate.to, candidate.digits)
    if not best or candidate.points > best.points then best = candidate end
  end
  return best and best.digits
end

return M
