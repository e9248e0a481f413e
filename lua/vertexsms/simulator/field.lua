--- The fields of a request: how they are found, what they may hold, and VertexSMS's way to say that one is wrong:
-- "Invalid value for field 'from'. ...".
--
-- Tested in spec/simulator/init_spec.lua.

local ascii = require("vertexsms.base.ascii")
local body = require("vertexsms.simulator.body")
local cjson = require("cjson")
local http_request = require("http.request")

local M = {}

local URL_MAX = 2048

---@param field string
---@return nil
---@return string reason
function M.missing(field)
  return nil, ("Missing value for field '%s'."):format(field)
end

---@param field string
---@param rule string what it must be, a whole sentence
---@return nil
---@return string reason
function M.invalid(field, rule)
  return nil, ("Invalid value for field '%s'. %s"):format(field, rule)
end

--- JSON numbers become the digits they were written with; other values than text become nil.
---@param value any
---@return string|nil
function M.as_text(value)
  if type(value) == "number" and value % 1 == 0 and value >= 0 and value < 2 ^ 53 then
    return ("%.0f"):format(value)
  end
  return type(value) == "string" and value or nil
end

--- The known fields under VertexSMS's spelling: they are matched in any case, and null is the same as not there.
---@param input table
---@param names string[]
---@return table<string, any>
function M.pick(input, names)
  local lower, picked = {}, {}
  for key, value in pairs(input) do
    if type(key) == "string" and value ~= cjson.null then lower[ascii.lower(key)] = value end
  end
  for _, name in ipairs(names) do picked[name] = lower[ascii.lower(name)] end
  return picked
end

---@class vertexsms.simulator.FieldCheck
---@field [1] string the field
---@field [2] string what it must be, a whole sentence
---@field [3] fun(text: string, fields: table): any true when it is

--- A number as it is kept: clients in use send numbers with and without a plus.
---@param value any
---@return any
function M.without_plus(value)
  return type(value) == "string" and value:match("^%+([0-9]+)$") or value
end

---@class vertexsms.simulator.Shape
---@field names string[] the known fields
---@field prepare nil|fun(fields: table) changes the fields before they are checked
---@field required string[]
---@field checks vertexsms.simulator.FieldCheck[]

--- Checks the fields that are there, in the order of the checks, and makes each of them text.
---@param fields table<string, any>
---@param required string[]
---@param checks vertexsms.simulator.FieldCheck[]
---@return table|nil fields
---@return string|nil reason
function M.check(fields, required, checks)
  for _, name in ipairs(required) do
    if fields[name] == nil or fields[name] == "" then return M.missing(name) end
  end
  for _, check in ipairs(checks) do
    local name, rule, is_valid = check[1], check[2], check[3]
    if fields[name] ~= nil then
      local text = M.as_text(fields[name])
      if not text or not is_valid(text, fields) then return M.invalid(name, rule) end
      fields[name] = text
    end
  end
  return fields
end

--- The fields of a body that is one object.
---@param text string
---@param shape vertexsms.simulator.Shape
---@return table|nil fields
---@return string|nil reason
function M.read(text, shape)
  local input, reason = body.object(text)
  if not input then return nil, reason end
  local fields = M.pick(input, shape.names)
  if shape.prepare then shape.prepare(fields) end
  return M.check(fields, shape.required, shape.checks)
end

--- E.164: a country code, which does not begin with 0, and at most 15 digits in all.
---@param text string
---@return boolean
function M.is_msisdn(text)
  return #text >= 7 and #text <= 15 and text:match("^[1-9][0-9]+$") ~= nil
end

--- lua-http's own parser decides: what passes here can be called later.
---@param text string
---@return boolean
function M.is_http_url(text)
  return #text <= URL_MAX and text:match("^[Hh][Tt][Tt][Pp][Ss]?://") ~= nil
    and (pcall(http_request.new_from_uri, text))
end

return M
