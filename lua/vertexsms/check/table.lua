--- Tables checked against the keys they may have: an unknown key is named with the nearest known one, a wrong
-- type with the one that was expected.
--
-- Tested in spec/check/table_spec.lua and spec/check/both_ways_spec.lua.

local ascii = require("vertexsms.base.ascii")
local errors = require("vertexsms.error")
local shown = require("vertexsms.base.shown")

local M = {}

--- One known key.
---@class vertexsms.Rule
---@field name string
---@field type string Lua type, "any", "integer" or "integer or string"
---@field required boolean|nil
---@field check nil|fun(value: any, all: table): string|nil, boolean|nil says what is wrong with a value of the right
---  type; where that begins with "must" the value is added, unless true comes second: it is all said
---@field example any|nil a value that is right
---@field is_secret boolean|nil no message shows the value
---@field is_url boolean|nil messages show it without what may be a secret in it
---@field structural boolean|nil checked even where the service's own judgement is wanted

-- Levenshtein's distance, two rows at a time.
local function distance(a, b)
  local previous = {}
  for j = 0, #b do previous[j] = j end
  for i = 1, #a do
    local current = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
    end
    previous = current
  end
  return previous[#b]
end

-- The one key that is likely to be meant, or nil: half the letters may differ, upper and lower case may not matter.
local function nearest(key, rules)
  local best, best_distance
  local word = ascii.lower(key:sub(1, 64)):gsub("_", "")
  for _, rule in ipairs(rules) do
    local d = distance(word, (ascii.lower(rule.name):gsub("_", "")))
    if not best_distance or d < best_distance then best, best_distance = rule.name, d end
  end
  if best_distance and best_distance <= math.max(1, math.floor(#word / 2)) then return best end
end

-- "the fields are to, from"; `what` is "a field of the message".
local function names_of(rules, what)
  local names, noun = {}, what:match("^an? ([a-z]+) of ") or "key"
  for i, rule in ipairs(rules) do names[i] = rule.name end
  if #names == 1 then return ("the only %s is %s"):format(noun, names[1]) end
  return ("the %ss are %s"):format(noun, table.concat(names, ", "))
end

local function owner_of(what)
  return (what:gsub("^an? [a-z]+ of ", ""))
end

local function unknown_key(key, rules, what)
  if type(key) ~= "string" then
    return errors.invalid_argument(nil, ("%s must have names for keys, but has %s"):format(owner_of(what),
      shown.type_and_value(key)))
  end
  local hint = nearest(key, rules)
  local way_out = hint and ("did you mean %s?"):format(shown.text(hint)) or names_of(rules, what)
  return errors.invalid_argument(ascii.without_controls(shown.beginning(key, 64), "?"),
    ("%s is not %s; %s"):format(shown.text(key), what, way_out))
end

local function is_integer(value)
  return type(value) == "number" and value % 1 == 0
end

local function has_type(value, wanted)
  local is = type(value)
  if is == wanted or wanted == "any" then return true end
  if wanted == "integer" then return is_integer(value) end
  return wanted == "integer or string" and (is_integer(value) or is == "string")
end

-- "a string such as "37069912345"".
local function wanted(rule)
  local article = rule.type:find("^i") and "an" or "a"
  local example = rule.example ~= nil and " such as " .. shown.value(rule.example) or ""
  return ("%s %s%s"):format(article, rule.type, example)
end

local function wrong_type(rule, value)
  local is_shown = not rule.is_secret and not (rule.is_url and type(value) == "string")
  return ("must be %s, not %s"):format(wanted(rule), is_shown and shown.type_and_value(value) or shown.type(value))
end

--- A reason, and the value where that helps to understand it and is not a secret.
---@param reason string
---@param rule { is_secret: boolean|nil, is_url: boolean|nil }
---@param value any
---@return string
function M.with_value(reason, rule, value)
  if rule.is_secret or reason == "must not be empty" then return reason end
  local text = rule.is_url and type(value) == "string" and shown.url(value) or shown.value(value)
  if reason:find("^must not ") or reason:find("^cannot ") then return reason .. ": " .. text end
  return reason:find("^must ") and reason .. ", not " .. text or reason
end

local function check_value(rule, value, values, structural_only)
  if not has_type(value, rule.type) then return wrong_type(rule, value) end
  if rule.check and (rule.structural or not structural_only) then
    local reason, is_all = rule.check(value, values)
    return reason and (is_all and reason or M.with_value(reason, rule, value))
  end
end

local function check_rule(rule, values, what, structural_only)
  local value = values[rule.name]
  if value ~= nil then return check_value(rule, value, values, structural_only) end
  return rule.required and ("is missing from %s: it must be %s"):format(owner_of(what), wanted(rule)) or nil
end

-- How many of the rules are of required keys.
local required_counts = setmetatable({}, { __mode = "k" })

-- Is there nothing to say? In no order, so this cannot tell what is wrong. A metatable may have more than its table
-- shows.
local function is_right(values, rules, structural_only)
  local missing = required_counts[rules]
  if not missing or getmetatable(values) ~= nil then return false end
  for key, value in pairs(values) do
    local rule = type(key) == "string" and rules[key]
    if not rule or check_value(rule, value, values, structural_only) then return false end
    if rule.required then missing = missing - 1 end
  end
  return missing == 0
end

--- Checks every key and value of a table.
---@param values table
---@param rules vertexsms.Rule[] in the order in which they are to be checked
---@param what string the table's name in messages
---@param structural_only boolean|nil leave out the rules that only the service can be sure of
---@return vertexsms.Error|nil
function M.check(values, rules, what, structural_only)
  if is_right(values, rules, structural_only) then return nil end
  for key in pairs(values) do
    if type(key) ~= "string" or not rules[key] then return unknown_key(key, rules, what) end
  end
  for _, rule in ipairs(rules) do
    local reason = check_rule(rule, values, what, structural_only)
    if reason then return errors.invalid_argument(rule.name, rule.name .. " " .. reason) end
  end
end

--- Makes rules findable by name as well.
---@param rules vertexsms.Rule[]
---@return vertexsms.Rule[]
function M.rules(rules)
  local required = 0
  for _, rule in ipairs(rules) do
    rules[rule.name] = rule
    if rule.required then required = required + 1 end
  end
  required_counts[rules] = required
  return rules
end

return M
