--- Who may be written to: `allow` and `deny` (prefixes or countries, the longest match wins), `only` (exact numbers),
-- and the interlock `live`.

local countries = require("vertexsms.guard.countries")
local refusals = require("vertexsms.guard.refusal")
local shown = require("vertexsms.base.shown")

local M = {}

--- The digits by which a number is known, with 00, with a plus or without; nil for what is not an international number.
--- One with a single 0 before it is a number of some country: of which, only VertexSMS knows.
---@param wire table a message
---@return string|nil
function M.canonical(wire)
  local to = wire.to
  if wire.correctBy or type(to) ~= "string" then return nil end
  return to:match("^%+?([1-9][0-9]*)$") or to:match("^00([1-9][0-9]*)$")
end

local function check_entry(entry)
  if type(entry) ~= "string" then return "must be a list of texts, such as { \"LT\", \"4479\" }" end
  if entry:find("^[A-Z][A-Z]$") then
    return not countries.codes[entry] and ("has the unknown country %s"):format(shown.text(entry)) or nil
  end
  if entry:find("^%+?[1-9][0-9]*$") and #entry <= 16 then return nil end
  return ("must have prefixes such as \"370\", or countries such as \"LT\", not %s"):format(shown.text(entry))
end

--- Checks `allow` or `deny`.
---@param list table
---@return string|nil reason
---@return boolean is_all
function M.check_prefixes(list)
  local count = 0
  for _ in pairs(list) do count = count + 1 end
  if count ~= #list then return "must be a list such as { \"LT\", \"4479\" }", true end
  for _, entry in ipairs(list) do
    local reason = check_entry(entry)
    if reason then return reason, true end
  end
end

--- Checks `only`.
---@param list table
---@return string|nil reason
---@return boolean is_all
function M.check_numbers(list)
  local count = 0
  for _ in pairs(list) do count = count + 1 end
  for i = 1, count do
    local number = list[i]
    if type(number) ~= "string" or not number:find("^%+?[1-9][0-9]+$") then
      return ("must be a list of numbers such as { \"37069912345\" }, not %s"):format(shown.value(number)), true
    end
  end
end

-- A country is its codes, without the longer ones that are another country's.
local function put(verdicts, entry, verdict)
  local codes = countries.codes[entry]
  if not codes then
    verdicts[entry:gsub("^%+", "")] = verdict
    return
  end
  for _, code in ipairs(codes) do
    verdicts[code] = verdict
    for other in pairs(countries.countries) do
      if #other > #code and other:sub(1, #code) == code and verdicts[other] == nil then verdicts[other] = "other" end
    end
  end
end

-- Of two that are the same, `deny` wins: it comes last. Written prefixes win over what follows from a country.
local function verdicts_of(allow, deny)
  local verdicts = {}
  for _, list in ipairs({ { allow or {}, "allow" }, { deny or {}, "deny" } }) do
    for _, entry in ipairs(list[1]) do put(verdicts, entry, list[2]) end
  end
  return verdicts
end

local function lengths_of(verdicts)
  local seen, lengths = {}, {}
  for prefix in pairs(verdicts) do
    if not seen[#prefix] then
      seen[#prefix] = true
      lengths[#lengths + 1] = #prefix
    end
  end
  table.sort(lengths, function(a, b) return a > b end)
  return lengths
end

--- A rule of numbers cannot judge what is not one.
---@param rule string
---@return vertexsms.Error
function M.no_number(rule)
  return refusals.new({
    rule = rule, field = "to",
    message = ("to is not an international number, which the guard's %s needs: give it with its country code,"
      .. " and without correctBy"):format(rule),
  })
end

--- A check of a message against `allow` and `deny`.
---@param allow string[]|nil
---@param deny string[]|nil
---@return nil|fun(facts: vertexsms.guard.Facts): vertexsms.Error|nil
function M.prefixes(allow, deny)
  if not allow and not deny then return nil end
  local verdicts = verdicts_of(allow, deny)
  local lengths = lengths_of(verdicts)
  local function judge(to)
    for i = 1, #lengths do
      local prefix = to:sub(1, lengths[i])
      local verdict = verdicts[prefix]
      if verdict then return verdict, prefix end
    end
  end
  return function(facts)
    local to = facts.number
    if not to then return M.no_number(allow and "allow" or "deny") end
    local verdict, prefix = judge(to)
    if verdict == "allow" or not allow and verdict ~= "deny" then return nil end
    return refusals.prefix(verdict == "deny" and "deny" or "allow", to, prefix)
  end
end

--- A check of a message against `only`. What testMode has reaches no telephone.
---@param only string[]
---@param where string|nil what has switched `live` off
---@return fun(facts: vertexsms.guard.Facts): vertexsms.Error|nil
function M.numbers(only, where)
  local numbers = {}
  for _, number in ipairs(only) do numbers[number:gsub("^%+", "")] = true end
  return function(facts)
    local to = facts.number
    if facts.is_test or to and numbers[to] then return nil end
    if not to and not where then return M.no_number("only") end
    return refusals.number(where)
  end
end

return M
