--- Paths and queries, percent-encoded (RFC 3986 section 2.1): what a caller gives as an ID never becomes another path.

local ascii = require("vertexsms.base.ascii")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")
local urls = require("vertexsms.check.url")

local M = {}

local SEGMENT_BYTES_MAX = 256

-- What would lead to another path, or end a line, once a server on the way has decoded it: RFC 3986 section 5.2.4.
local function trap_in(text)
  if ascii.has_controls(text) then return "must not contain control characters" end
  if text:find("..", 1, true) then return "must not contain '..'" end
end

local function separator_in(text)
  if text:find("?", 1, true) then return "must not contain '?'" end
  if text:find("\\", 1, true) then return "must not contain a backslash" end
end

local function refuse(name, reason, text)
  local is_all = text == "" or #text > SEGMENT_BYTES_MAX
  return errors.invalid_argument(name, name .. " " .. (is_all and reason or schema.with_value(reason, {}, text)))
end

local function segment_reason(text)
  if text == "" then return "must not be empty" end
  if #text > SEGMENT_BYTES_MAX then
    return ("must have at most %d octets, but has %d"):format(SEGMENT_BYTES_MAX, #text)
  end
  if text:find("/", 1, true) then return "must not contain '/'" end
  if text == "." then return "must not be '.'" end
  return trap_in(text) or separator_in(text)
end

--- One segment of a path.
---@param text string
---@param name string of the argument
---@param engine vertexsms.core.Engine|nil knows the token: VertexSMS would read it in a URL too, but URLs stand in logs
---@return string|nil encoded
---@return vertexsms.Error|nil
function M.segment(text, name, engine)
  if engine and engine:holds_token(text) then return nil, errors.token_in(name) end
  local reason = segment_reason(text)
  if reason then return nil, refuse(name, reason, text) end
  return urls.encode(text)
end

--- A whole path: what is percent-encoded stays so, what would have to be, is.
---@param text string
---@return string|nil encoded
---@return vertexsms.Error|nil
function M.whole(text)
  local reason = text:sub(1, 1) ~= "/" and "must begin with '/', such as /sms" or trap_in(text) or separator_in(text)
    or text:find("#", 1, true) and "must not contain '#'"
    or urls.has_bare_percent(text) and "must have two hexadecimal digits after each %"
    or trap_in(urls.decode(text))
  if reason then return nil, refuse("path", reason, text) end
  return urls.encode_path(text)
end

local function value_of(value)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" and value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then return ("%.0f"):format(value) end
end

local function refuse_value(name, value)
  return errors.invalid_argument("query", ("query must have a string, a whole number, a boolean or a list of them for"
    .. " %s, not %s"):format(shown.text(name), shown.type_and_value(value)))
end

local function add_pair(made, name, value)
  local text = value_of(value)
  if not text then return refuse_value(name, value) end
  made[#made + 1] = urls.encode(name) .. "=" .. urls.encode(text)
end

-- A list repeats its name.
local function add_all(made, name, value)
  if type(value) ~= "table" then return add_pair(made, name, value) end
  for key in pairs(value) do
    if type(key) ~= "number" then return refuse_value(name, value) end
  end
  for _, one in ipairs(value) do
    local err = add_pair(made, name, one)
    if err then return err end
  end
end

--- A query from a table of values by name, in alphabetical order. A list repeats its name.
---@param values table<string, string|number|boolean|table>
---@return string|nil encoded nil too when there is nothing in the table
---@return vertexsms.Error|nil
function M.query(values)
  local names, made = {}, {}
  for name in pairs(values) do
    if type(name) ~= "string" then
      local given = shown.type_and_value(name)
      return nil, errors.invalid_argument("query",
        ('query must have names for keys, such as { format = "json" }, not %s'):format(given))
    end
    names[#names + 1] = name
  end
  ascii.sort(names)
  for _, name in ipairs(names) do
    local err = add_all(made, name, values[name])
    if err then return nil, err end
  end
  return made[1] and table.concat(made, "&")
end

return M
