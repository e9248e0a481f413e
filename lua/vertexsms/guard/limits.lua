--- The rules that count: per recipient, per prefix, per key, budgets, duplicates, each over a sliding window.
--
-- Tested in spec/guard/counters/process_spec.lua and spec/guard/options_spec.lua.

local core = require("vertexsms.base.core")
local micro = require("vertexsms.guard.micro")
local urls = require("vertexsms.check.url")
local windows = require("vertexsms.guard.counters.window")

local M = {}

--- A rule that counts. What it counts of a message, and for whom, stands in fields of vertexsms.guard.Facts.
---@class vertexsms.guard.Limit
---@field rule string the option that it comes from
---@field family string what the names of its counters begin with
---@field prefix string family, and milliseconds of a slot: `recipient:75000:`
---@field key string|nil field that tells counters apart; nil: there is one for all
---@field amount string|nil field of what is counted; nil: one
---@field most integer
---@field window vertexsms.guard.Window
---@field unit "messages"|"parts"|"price"

-- The narrow ones first: what is refused then has not touched the counters that all share.
local RATES = {
  { rule = "duplicate", family = "duplicate", key = "duplicate" },
  { rule = "per_recipient", family = "recipient", key = "number" },
  { rule = "per_prefix", family = "prefix", key = "prefix" },
  { rule = "per_key", family = "key", key = "key" },
}

-- Octets of a key that stand in a counter's name; of a longer one its fingerprint does.
local KEY_OCTETS = 100

--- `{ 3, 600 }` or `{ { 3, 600 }, { 10, 86400 } }`, as a list.
---@param option table
---@return table[]
function M.listed(option)
  if type(option[1]) == "table" then return option end
  if option[1] == nil and next(option) == nil then return {} end
  return { option }
end

--- Makes a limit.
---@param rate { rule: string, family: string, key: string|nil, amount: string|nil, unit: string|nil }
---@param most integer
---@param seconds number
---@return vertexsms.guard.Limit
function M.new(rate, most, seconds)
  local window = windows.new(seconds)
  return {
    rule = rate.rule, family = rate.family, key = rate.key, amount = rate.amount, unit = rate.unit or "messages",
    most = math.floor(most), window = window, prefix = ("%s:%.0f:"):format(rate.family, window.width_ms),
  }
end

-- The same rule over the same time twice: the smaller one holds.
local function add(limits, limit)
  for i, other in ipairs(limits) do
    if other.prefix == limit.prefix then
      if limit.most < other.most then limits[i] = limit end
      return
    end
  end
  limits[#limits + 1] = limit
end

local PARTS = { rule = "budget", family = "parts", amount = "billed", unit = "parts" }
local PRICE = { rule = "budget", family = "price", amount = "price", unit = "price" }

local function add_budgets(limits, option)
  for _, budget in ipairs(option[1] and option or { option }) do
    if budget.parts then add(limits, M.new(PARTS, budget.parts, budget.seconds)) end
    if budget.price then add(limits, M.new(PRICE, micro.read(budget.price), budget.seconds)) end
  end
end

local function add_rates(limits, rate, option)
  if rate.rule == "duplicate" then return add(limits, M.new(rate, 1, option)) end
  for _, pair in ipairs(M.listed(option)) do add(limits, M.new(rate, pair[1], pair[2])) end
end

--- The limits of some tables of options, all of which hold.
---@param list vertexsms.GuardOptions[]
---@return vertexsms.guard.Limit[]
function M.compile(list)
  local limits = {}
  for _, rate in ipairs(RATES) do
    for _, options in ipairs(list) do
      if options[rate.rule] then add_rates(limits, rate, options[rate.rule]) end
    end
  end
  for _, options in ipairs(list) do
    if options.budget then add_budgets(limits, options.budget) end
  end
  return limits
end

--- The budgets among them.
---@param limits vertexsms.guard.Limit[]
---@return vertexsms.guard.Limit[]
function M.budgets(limits)
  local budgets = {}
  for _, limit in ipairs(limits) do
    if limit.rule == "budget" then budgets[#budgets + 1] = limit end
  end
  return budgets
end

--- Is there one with this value in this field?
---@param limits vertexsms.guard.Limit[]
---@param field string
---@param value any
---@return boolean
function M.have(limits, field, value)
  for _, limit in ipairs(limits) do
    if limit[field] == value then return true end
  end
  return false
end

--- What stands for a caller's key in a counter's name.
---@param key string
---@return string
function M.key_text(key)
  local encoded = urls.encode(key)
  return #encoded <= KEY_OCTETS and encoded or core.fingerprint(key)
end

--- What stands for a message. Its text is told by a fingerprint alone.
---@param wire table
---@param number string|nil
---@return string
function M.duplicate_text(wire, number)
  return ("%s:%s"):format(number or wire.to, core.fingerprint(wire.from .. "\n" .. wire.message))
end

--- The name of the counter.
---@param limit vertexsms.guard.Limit
---@param facts vertexsms.guard.Facts
---@return string
function M.name(limit, facts)
  return limit.prefix .. (limit.key and facts[limit.key] or "")
end

return M
