--- The option `guard`: its rules, checked, and what the environment says.
--
-- Tested in spec/guard/options_spec.lua.

local ascii = require("vertexsms.base.ascii")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local limits = require("vertexsms.guard.limits")
local micro = require("vertexsms.guard.micro")
local numbers = require("vertexsms.guard.numbers")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

local M = {}

--- What a client may send; every rule is optional. docs/guards.md has complete settings.
---@class vertexsms.GuardOptions
---@field allow string[]|nil prefixes ("370") or countries ("LT") that get messages; the longest match wins
---@field deny string[]|nil likewise, that get none
---@field only string[]|nil exact numbers: no other gets messages, except with testMode
---@field live boolean|nil false: nothing but testMode and `only`; default true, false where $VERTEXSMS_LIVE is 0
---@field max_parts integer|nil parts of one message
---@field max_price string|nil price of one message, "0.10"; asked of /sms/cost
---@field allow_unknown_price boolean|nil true: send where the price cannot be asked, and count it as nothing
---@field currency string|nil of max_price and budget; default "EUR"
---@field price_seconds number|nil how long a price is kept; default 3600
---@field per_recipient table|nil { { count, seconds }, ... }
---@field per_prefix table|nil likewise, of numbers that begin with the same digits
---@field prefix_digits integer|nil how many digits; default 7
---@field per_key table|nil likewise, of sends with the same guard_key: an IP address, say
---@field budget vertexsms.GuardBudget|vertexsms.GuardBudget[]|nil
---@field duplicate number|nil seconds in which the same message is not sent again to the same number
---@field breaker vertexsms.GuardBreaker|boolean|nil pause after a 401, 403, a report of no balance
---@field retry_quota vertexsms.GuardRetries|boolean|nil how many attempts may be repeated
---@field store any where counters are kept: an ngx.shared dict or its name, the path of an SQLite file, a
---  postgresql:// URL; default this process
---@field allow_unreachable boolean|nil true: send where the store cannot be asked

---@class vertexsms.GuardBudget
---@field parts integer|nil SMS parts
---@field price string|nil decimal number, "50.00"
---@field seconds number

local SECONDS_MAX = 366 * 86400
local COUNT_MAX = 1e9

local check_seconds = checks.between(1, SECONDS_MAX, "seconds")
local check_count = checks.between(1, COUNT_MAX)

local function is_pair(pair)
  return type(pair) == "table" and type(pair[1]) == "number" and type(pair[2]) == "number" and #pair == 2
    and pair[1] % 1 == 0 and not check_count(pair[1]) and not check_seconds(pair[2])
end

local function check_rates(option)
  local list = limits.listed(option)
  for _, pair in ipairs(list) do
    if not is_pair(pair) then list = {} end
  end
  if #list > 0 then return nil end
  return "must be a list of { count, seconds }, such as { { 3, 600 }, { 10, 86400 } }", true
end

local function check_price(value)
  local micros, is_rounded = micro.read(value)
  if micros and not is_rounded then return nil end
  return "must be a decimal number with at most six places, such as \"0.10\""
end

local BUDGET = schema.rules({
  { name = "parts", type = "integer", check = check_count, example = 1000 },
  { name = "price", type = "string", check = check_price, example = "50.00" },
  { name = "seconds", type = "number", required = true, check = check_seconds, example = 86400 },
})

local function check_budgets(option)
  local is_one = option.parts ~= nil or option.price ~= nil or option.seconds ~= nil
  for _, budget in ipairs(is_one and { option } or option) do
    if type(budget) ~= "table" then return "must be a table such as { parts = 1000, seconds = 86400 }", true end
    local err = schema.check(budget, BUDGET, "a field of the budget")
    if err then return "is wrong: " .. err.message, true end
    if not budget.parts and not budget.price then return "must have parts or price, such as { parts = 1000 }", true end
  end
  if not is_one and #option == 0 then return "must be a table such as { parts = 1000, seconds = 86400 }", true end
end

local BREAKER = schema.rules({
  { name = "seconds", type = "number", check = check_seconds, example = 60 },
  { name = "undelivered", type = "number", check = checks.between(0.01, 1), example = 0.5 },
  { name = "least", type = "integer", check = check_count, example = 20 },
  { name = "window", type = "number", check = check_seconds, example = 3600 },
})

local RETRIES = schema.rules({
  { name = "tokens", type = "integer", check = checks.between(0, 1000000), example = 20 },
  { name = "refill", type = "number", check = checks.between(0, 1), example = 0.1 },
})

local function check_with(rules, example)
  return function(option)
    if type(option) == "boolean" then return nil end
    if type(option) ~= "table" then return ("must be true, or a table such as %s"):format(example), true end
    local err = schema.check(option, rules, "a field of it")
    return err and "is wrong: " .. err.message, true
  end
end

local function check_currency(value)
  return not value:find("^[A-Z][A-Z][A-Z]$") and "must be three capital letters, such as EUR" or nil
end

M.rules = schema.rules({
  { name = "allow", type = "table", check = numbers.check_prefixes },
  { name = "deny", type = "table", check = numbers.check_prefixes },
  { name = "only", type = "table", check = numbers.check_numbers },
  { name = "live", type = "boolean" },
  { name = "max_parts", type = "integer", check = checks.between(1, 255) },
  { name = "max_price", type = "string", check = check_price, example = "0.10" },
  { name = "allow_unknown_price", type = "boolean" },
  { name = "currency", type = "string", check = check_currency, example = "EUR" },
  { name = "price_seconds", type = "number", check = check_seconds, example = 3600 },
  { name = "per_recipient", type = "table", check = check_rates },
  { name = "per_prefix", type = "table", check = check_rates },
  { name = "prefix_digits", type = "integer", check = checks.between(1, 15, "digits"), example = 7 },
  { name = "per_key", type = "table", check = check_rates },
  { name = "budget", type = "table", check = check_budgets },
  { name = "duplicate", type = "number", check = check_seconds, example = 60 },
  { name = "breaker", type = "any", check = check_with(BREAKER, "{ seconds = 60 }") },
  { name = "retry_quota", type = "any", check = check_with(RETRIES, "{ tokens = 20 }") },
  { name = "store", type = "any" },
  { name = "allow_unreachable", type = "boolean" },
})

--- Checks a table of options.
---@param options vertexsms.GuardOptions
---@return vertexsms.Error|nil
function M.check(options)
  return errors.within(schema.check(options, M.rules, "an option of guard"), "guard")
end

local LIVE = { ["0"] = false, ["false"] = false, no = false, off = false, ["1"] = true, ["true"] = true, yes = true,
  on = true }

--- Is sending switched off by the environment? What code says does not matter then.
---@return boolean|nil is_off
---@return vertexsms.Error|nil
function M.is_switched_off()
  local value = os.getenv("VERTEXSMS_LIVE")
  if value == nil or value == "" then return false end
  local is_live = LIVE[ascii.lower(value)]
  if is_live ~= nil then return not is_live end
  return nil, errors.invalid_argument("VERTEXSMS_LIVE", ("VERTEXSMS_LIVE must be 0 or 1, not %s")
    :format(shown.text(value)))
end

return M
