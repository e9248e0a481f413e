--- User data headers (3GPP TS 23.040 section 9.2.3.24): information elements, concatenation, what a header leaves.
--
-- Functions here return `nil, err`; those of vertexsms.text raise.

local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

local M = {}

--- One information element.
---@class vertexsms.Element
---@field iei integer identifier, 0 to 255
---@field data string octets

--- Which part of which text.
---@class vertexsms.Concatenation
---@field bits 8|16|nil of the reference: information element 00 or 08; 8 when absent
---@field ref integer the same for all parts of a text
---@field parts integer 1 to 255
---@field part integer 1 to `parts`

--- A user data header.
---@class vertexsms.Udh
---@field length integer octets, its own length octet (UDHL) included
---@field elements vertexsms.Element[] in their order
---@field concatenation vertexsms.Concatenation|nil the last one, which is the one that counts
---@field capacity table<integer, integer> by `coding`: the septets [0], octets [1], UTF-16 code units [2] it leaves

local CONCATENATION_IEI = { [8] = 0x00, [16] = 0x08 }

local HEADER = schema.rules({
  { name = "elements", type = "table" },
  { name = "concatenation", type = "table" },
  -- so that what was parsed can be built again
  { name = "length", type = "integer" },
  { name = "capacity", type = "table" },
})

local ELEMENT = schema.rules({
  { name = "iei", type = "integer", required = true, check = checks.between(0, 255) },
  { name = "data", type = "string", required = true },
})

local CONCATENATION = schema.rules({
  { name = "bits", type = "integer", check = function(value)
    return not CONCATENATION_IEI[value] and "must be 8 or 16 (bits)" or nil
  end },
  { name = "ref", type = "integer", required = true, check = function(value, all)
    return checks.between(0, 2 ^ (all.bits or 8) - 1)(value)
  end },
  { name = "parts", type = "integer", required = true, check = checks.between(1, 255) },
  { name = "part", type = "integer", required = true, check = function(value, all)
    return checks.between(1, all.parts)(value)
  end },
})

--- What one SMS holds beside a header, in units of the coding: septets, octets or UTF-16 code units.
---@param coding 0|1|2
---@param octets integer|nil of the header, its length octet included; default: no header
---@return integer
function M.capacity(coding, octets)
  return core.udh_capacity(coding, octets or 0)
end

--- Reads a header: `%05%00%03%CC%02%01` as it is sent, `0x050003CC0201` as /sms/status answers, or the digits alone.
---@param text string
---@return vertexsms.Udh|nil
---@return vertexsms.Error|nil
function M.parse(text)
  local header, refusal = core.udh_parse(text)
  if not header then
    refusal.message = schema.with_value(refusal.message, {}, text)
    return nil, errors.from_refusal(refusal)
  end
  header.capacity = {}
  for coding = 0, 2 do header.capacity[coding] = M.capacity(coding, header.length) end
  return header
end

local function concatenation_element(concatenation)
  local bits, ref = concatenation.bits or 8, concatenation.ref
  local reference = bits == 8 and string.char(ref) or string.char(math.floor(ref / 256), ref % 256)
  return { iei = CONCATENATION_IEI[bits], data = reference .. string.char(concatenation.parts, concatenation.part) }
end

local function has_concatenation(elements)
  for _, element in ipairs(elements) do
    if element.iei == 0x00 or element.iei == 0x08 then return true end
  end
  return false
end

local function check_parts(header)
  local err = schema.check(header, HEADER, "a field of the header")
  for i, element in ipairs(not err and header.elements or {}) do
    if type(element) ~= "table" then
      err = errors.invalid_argument("elements", ("elements[%d] must be a table such as { iei = 5, data"
        .. " = \"\" }, not %s"):format(i, shown.type_and_value(element)))
    end
    local name = ("elements[%d]"):format(i)
    err = err or errors.within(schema.check(element, ELEMENT, "a field of " .. name), name)
    if err then break end
  end
  if err or not header.concatenation then return err end
  return errors.within(schema.check(header.concatenation, CONCATENATION, "a field of concatenation"), "concatenation")
end

--- Puts a header together, as the `udh` of a message wants it. A `concatenation` goes in front of `elements`,
-- unless there is one among them.
---@param header { elements: vertexsms.Element[]|nil, concatenation: vertexsms.Concatenation|nil }
---@return string|nil
---@return vertexsms.Error|nil
function M.build(header)
  local err = check_parts(header)
  if err then return nil, err end
  local elements = {}
  if header.concatenation and not has_concatenation(header.elements or {}) then
    elements[1] = concatenation_element(header.concatenation)
  end
  for _, element in ipairs(header.elements or {}) do elements[#elements + 1] = element end
  local text, refusal = core.udh_build(elements)
  if not text then return nil, errors.from_refusal(refusal) end
  return text
end

return M
