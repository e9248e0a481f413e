--- Recipients and senders, as VertexSMS's documentation has them.
--
-- ASCII digits and letters only, and nothing around them: a space, a dash, a line end or a digit of another script is
-- refused, not repaired, because a repaired number may belong to another person. Only `normalize` takes a number as
-- people write it, and its result is there to be shown to them.

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

---@class vertexsms.NormalizeOptions
---@field country string|nil ISO 3166-1 alpha-2, "LT": a number without + or 00 is one of this country

local COUNTRY = "^[A-Z][A-Z]$"

-- The bound of ITU-T E.164 section 6.2, prefix and all.
local NATIONAL_DIGITS_MAX = 15

local NOT_ALLOWED = "has %s in it: a phone number is digits, and spaces, dots, dashes, slashes and round brackets"
  .. " between them, such as +370 699 12345"
local WRONG_PLUS = "has a + that is not at its beginning: write one number, such as +370 699 12345"
local WRONG_TRUNK = "has a 0 in brackets that may or may not be dialled: write it as +44 20 7946 0018, or as"
  .. " +44 (0)20 7946 0018"
local NATIONAL = "begins with 0, so it is a national number: write it with its country code, as +370 699 12345, or"
  .. " name its country"

-- The country of the options. Misuse raises.
local function country_of(options)
  if options == nil then return nil end
  if type(options) ~= "table" then error("vertexsms: options must be a table, not " .. shown.type(options), 3) end
  for key in pairs(options) do
    if key ~= "country" then
      error(("vertexsms: %s is not an option of vertexsms.address; the name is country"):format(shown.value(key)), 3)
    end
  end
  return options.country
end

local function check_country(country)
  if country == nil or type(country) == "string" and country:find(COUNTRY) then return nil end
  return "cannot be read: country must be two capital letters of ISO 3166-1, such as LT, not " .. shown.value(country)
end

-- What cannot be in a number, in words: "U+00A0" looks like a space.
local function forbidden_in(text)
  local at = text:find("[^0-9 ./()+-]")
  if not at then return nil end
  local character = text:match("^[\194-\244][\128-\191]+", at)
  local is_whole = character and shown.text(character):find("\\u{", 1, true)
  if is_whole then return ("U+%04X"):format(shown.code_of(character)) end
  return shown.text(text:sub(at, at))
end

-- The rest of a number behind + or 00, which say that it is international; nil for any other.
local function international(compact)
  return compact:match("^%(?%+(.*)$") or compact:match("^%(?00(.*)$")
end

-- What follows + or 00. The (0) behind a country code is dialled only inside of the country; so is the 0 of (0171),
-- but not in all countries.
local function read_international(rest)
  if not rest:find("[()]") then return core.msisdn(rest) end
  local before, after = rest:match("^(.-[0-9].-)%(0%)(.*)$")
  if before then rest = before .. after end
  if rest:find("(0", 1, true) then return nil, WRONG_TRUNK end
  return core.msisdn((rest:gsub("[()]", "")))
end

local function read_national(compact, country)
  local digits = compact:gsub("[()]", "")
  if compact:find("(0", 2, true) or digits:find("^00") then return nil, WRONG_TRUNK end
  if not country then
    if digits:find("^0") then return nil, NATIONAL end
    return core.msisdn(digits)
  end
  if digits ~= "" and #digits <= NATIONAL_DIGITS_MAX then return digits, nil, country end
  return nil, ("must have 1 to %d digits, such as 069912345"):format(NATIONAL_DIGITS_MAX)
end

--- A telephone number as people write it: spaces, dots, dashes, slashes, round brackets, a + or 00 in front and the (0)
-- behind a country code go. The library does this nowhere unasked.
--
--     local to = address.normalize("+44 (0)20 7946-0018")
--     print(to) --> 442079460018
--
-- A number that then begins with 0 is a national one. With its country it comes back with that as a third value, for
-- `correctBy`; so does, with a country, any other number that has neither + nor 00 in front.
--
--     local number, reason, country = address.normalize("(0699) 12345", { country = "LT" })
--     print(number, reason, country) --> 069912345  nil  LT
---@param text string
---@param options vertexsms.NormalizeOptions|nil
---@return string|nil number digits alone
---@return string|nil reason
---@return string|nil correctBy the country by which VertexSMS is to correct it
function M.normalize(text, options)
  local country = country_of(options)
  local reason = check_type(text) or check_country(country)
  if reason then return nil, reason end
  -- As most numbers of a list are, and what follows would come to the same.
  if not country and text:find("^[1-9][0-9]*$") then return core.msisdn(text) end
  local forbidden = forbidden_in(text)
  if forbidden then return nil, NOT_ALLOWED:format(forbidden) end
  local compact = text:gsub("[ ./-]", "")
  local rest = international(compact)
  if (rest or compact):find("+", 1, true) then return nil, WRONG_PLUS end
  if rest then return read_international(rest) end
  return read_national(compact, country)
end

return M
