--- What a text costs before it is sent: alphabet, units, parts; splitting and simplifying it; user data headers.
--
--     local text = require "vertexsms.text"
--     local cost = text.analyze("It’s ready")
--     print(cost.encoding, cost.parts, cost.culprit.char) --> UCS-2  1  ’
--
-- A text is UTF-8. Septets are those of 3GPP TS 23.038 section 6.2.1, parts those of TS 23.040 section 9.2.3.24.1.
-- What is wrong with a text or an option is raised as an error of the kind `invalid_argument`; one about UTF-8
-- names the `byte` (from 1). `text.safe` has the same functions, which return `nil, err` instead.

local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local udh = require("vertexsms.text.udh")

local M = {}
local safe = {}

--- What stands in the way of GSM-7.
---@class vertexsms.Culprit
---@field char string
---@field codepoint string such as "U+2019"
---@field position integer in code points, from 1
---@field byte integer from 1

--- What a text costs.
---@class vertexsms.Cost
---@field encoding "GSM-7"|"UCS-2"
---@field units integer septets of GSM-7, UTF-16 code units of UCS-2
---@field parts integer 1 to 255; an empty text is one part
---@field per_part integer[] the units in each part
---@field chars integer code points
---@field left integer units that still fit without another part
---@field culprit vertexsms.Culprit|nil the first character that is not GSM-7

--- A change that text.simplify made; `position` and `byte` are those of the text it was given.
---@class vertexsms.Change: vertexsms.Culprit
---@field replacement string

---@class vertexsms.TextOptions
---@field reference 8|16|nil bits of the concatenation reference: parts of 153 septets or 67 code units, or 152 or 66
---@class vertexsms.SplitOptions: vertexsms.TextOptions
---@field ref integer|nil the reference itself; default: a random one of the operating system
---@class vertexsms.SimplifyOptions: vertexsms.TextOptions
---@field lossy boolean|nil replace symbols as well: (C) for the copyright sign, 1/2 for a half
---@field accents boolean|nil take the accents off letters that are not GSM-7

local function check_reference(value)
  return value ~= 8 and value ~= 16 and "must be 8 or 16 (bits)" or nil
end

local function check_ref(value, options)
  return checks.between(0, 2 ^ (options.reference or 8) - 1)(value)
end

local REFERENCE = { name = "reference", type = "integer", check = check_reference }
local OPTIONS = schema.rules({ REFERENCE })
local SPLIT_OPTIONS = schema.rules({ REFERENCE, { name = "ref", type = "integer", check = check_ref } })
local SIMPLIFY_OPTIONS = schema.rules({
  REFERENCE, { name = "lossy", type = "boolean" }, { name = "accents", type = "boolean" },
})

-- Misuse, which raises even where failures are returned.
local function check_type(value, name, wanted)
  if type(value) == wanted then return end
  errors.raise(errors.invalid_argument(name, ("%s must be a %s, not %s"):format(name, wanted, shown.type(value))))
end

-- The bits of the reference, or nil and what is wrong with the options.
local function read_options(text, options, rules)
  check_type(text, "text", "string")
  if options == nil then return 8 end
  check_type(options, "options", "table")
  local err = schema.check(options, rules, "an option of vertexsms.text")
  if err then return nil, err end
  return options.reference or 8
end

local function refused(refusal, text)
  local err = errors.from_refusal(refusal)
  err.byte = core.invalid_utf8(text)
  return err
end

function safe.analyze(text, options)
  local bits, err = read_options(text, options, OPTIONS)
  if not bits then return nil, err end
  local cost, refusal = core.text_analyze(text, bits)
  if not cost then return nil, refused(refusal, text) end
  return cost
end

function safe.count(text, options)
  local bits, err = read_options(text, options, OPTIONS)
  if not bits then return nil, err end
  local parts, encoding, units, left, chars = core.text_count(text, bits)
  if not parts then return nil, refused(encoding, text) end
  return parts, encoding, units, left, chars
end

function safe.split(text, options)
  local bits, err = read_options(text, options, SPLIT_OPTIONS)
  if not bits then return nil, err end
  local ref = options and options.ref or math.floor(core.random() * 2 ^ bits)
  local messages, refusal = core.text_split(text, bits, ref)
  if not messages then return nil, refused(refusal, text) end
  return messages
end

-- All that a replacement may be for: none is for an ASCII letter, digit or mark but the grave accent.
local REPLACEABLE = "[%z\1-\31`\127-\255][\128-\191]*"

local function replacements(options)
  local smart_encoding = require("vertexsms.text.smart_encoding")
  if not (options and (options.lossy or options.accents)) then return smart_encoding.safe end
  local map = {}
  for _, tier in ipairs({ "safe", "lossy", "accents" }) do
    if tier == "safe" or options[tier] then
      for char, replacement in pairs(smart_encoding[tier]) do map[char] = replacement end
    end
  end
  return map
end

local function change_of(char, replacement, position, byte)
  local change = core.text_analyze(char).culprit
  change.replacement, change.position, change.byte = replacement, position, byte
  return change
end

local function list_changes(text, map)
  local changes, position, last = {}, 1, 1
  for byte, char in text:gmatch("()(" .. REPLACEABLE .. ")") do
    local _, between = text:sub(last, byte - 1):gsub("[^\128-\191]", "")
    position, last = position + between, byte
    if map[char] then changes[#changes + 1] = change_of(char, map[char], position, byte) end
  end
  return changes
end

function safe.simplify(text, options)
  local bits, err = read_options(text, options, SIMPLIFY_OPTIONS)
  if not bits then return nil, err end
  local parts, encoding = core.text_count(text, bits)
  if not parts then
    err = refused(encoding, text)
    if err.byte then return nil, err end
    parts = math.huge -- more than 255: fewer will do
  end
  if encoding == "GSM-7" then return text, {} end
  local map = replacements(options)
  local simpler = text:gsub(REPLACEABLE, map)
  local simpler_parts, simpler_encoding = core.text_count(simpler, bits)
  if not simpler_parts or simpler_encoding ~= "GSM-7" or simpler_parts > parts then return text, {} end
  return simpler, list_changes(text, map)
end

--- Counts a text.
---@param text string
---@param options vertexsms.TextOptions|nil
---@return vertexsms.Cost
function M.analyze(text, options)
  return errors.raise_unless(safe.analyze(text, options))
end

--- The numbers of text.analyze without a table: nothing is allocated.
---@param text string
---@param options vertexsms.TextOptions|nil
---@return integer parts
---@return "GSM-7"|"UCS-2" encoding
---@return integer units
---@return integer left
---@return integer chars
function M.count(text, options)
  return errors.raise_unless(safe.count(text, options))
end

--- Splits a text into messages for POST /sms: { message, coding, udh }. A text of one part has no `udh`.
---@param text string
---@param options vertexsms.SplitOptions|nil
---@return { message: string, coding: 0|2, udh: string|nil }[]
function M.split(text, options)
  return errors.raise_unless(safe.split(text, options))
end

--- Replaces what only typography keeps out of GSM-7: curly quotes, dashes, ellipses, spaces of all widths, what has no
-- width. All or nothing: the text is returned as it was unless the result is wholly GSM-7 and no part longer.
---@param text string
---@param options vertexsms.SimplifyOptions|nil
---@return string text
---@return vertexsms.Change[] changes none when the text is as it was
function M.simplify(text, options)
  return errors.raise_unless(safe.simplify(text, options))
end

local function check_header(text)
  check_type(text, "udh", "string")
  return udh.parse(text)
end

local function check_build(header)
  check_type(header, "header", "table")
  return udh.build(header)
end

local function callable(parse, build)
  return setmetatable({ parse = parse, build = build, capacity = udh.capacity }, {
    __call = function(_, value)
      if type(value) == "table" then return build(value) end
      return parse(value)
    end,
  })
end

safe.udh = callable(check_header, check_build)

--- User data headers: `text.udh(string)` or `text.udh.parse(string)` reads one, `text.udh.build { ... }` (or
-- `text.udh { ... }`) makes one, `text.udh.capacity(coding, octets)` says what one leaves. See vertexsms.text.udh.
---@class vertexsms.UdhFunctions
---@field parse fun(text: string): vertexsms.Udh
---@field build fun(header: { elements: vertexsms.Element[]|nil, concatenation: vertexsms.Concatenation|nil }): string
---@field capacity fun(coding: 0|1|2, octets: integer|nil): integer
---@overload fun(text: string): vertexsms.Udh
M.udh = callable(function(text)
  return errors.raise_unless(check_header(text))
end, function(header)
  return errors.raise_unless(check_build(header))
end)

--- The same functions; they return `nil, err` where those above raise.
M.safe = safe

return M
