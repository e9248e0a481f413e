--- Guards: what a stolen form, a loop or a typing error may cost. Rules that a message must pass before it may leave.
--
--     local client = vertexsms.new {
--       guard = { allow = { "LT" }, per_recipient = { { 3, 600 } }, budget = { parts = 1000, seconds = 86400 } },
--     }
--     client.guard:status()
--
-- In a process that only receives reports, `vertexsms.guard.new` makes the same over the same store.

local attempt = require("vertexsms.guard.attempt")
local breakers = require("vertexsms.guard.breaker")
local counters = require("vertexsms.guard.counters")
local errors = require("vertexsms.error")
local guard_options = require("vertexsms.guard.options")
local limits = require("vertexsms.guard.limits")
local micro = require("vertexsms.guard.micro")
local numbers = require("vertexsms.guard.numbers")
local passages = require("vertexsms.guard.passage")
local prices = require("vertexsms.guard.price")
local refusals = require("vertexsms.guard.refusal")
local retries = require("vertexsms.guard.retries")
local row = require("vertexsms.guard.row")
local shown = require("vertexsms.base.shown")

local M = {}

---@class vertexsms.Guard
local Guard = {}
Guard.__index = Guard

for _, methods in ipairs({ attempt, row }) do
  for name, method in pairs(methods) do Guard[name] = method end
end

local function smallest(list, read)
  local least
  for _, options in ipairs(list) do
    local value = read(options)
    if value and (not least or value < least) then least = value end
  end
  return least
end

local function first(list, name)
  for _, options in ipairs(list) do
    if options[name] ~= nil and options[name] ~= false then return options[name] end
  end
end

-- What may be loosened must be so in all tables.
local function in_all(list, name)
  for _, options in ipairs(list) do
    if not options[name] then return false end
  end
  return true
end

local function check_parts(most)
  return function(facts)
    if facts.parts and facts.parts <= most then return nil end
    local counted = facts.parts and ("has %d parts"):format(facts.parts) or "cannot be counted"
    return refusals.new({
      rule = "max_parts", limit = most, used = facts.parts,
      message = ("the message %s, and max_parts of the guard is %d: shorten it, or raise max_parts")
        :format(counted, most),
    })
  end
end

local NEEDS_NUMBER = { per_recipient = true, per_prefix = true }

-- What a rule counts by must be there: what it does not see it could not stop.
local function check_presence(limit)
  if NEEDS_NUMBER[limit.rule] then
    return function(facts)
      return not facts.number and numbers.no_number(limit.rule) or nil
    end
  elseif limit.rule == "per_key" then
    return function(facts)
      return not facts.key and refusals.new({
        rule = "per_key", message = "guard_key is missing, which per_key of the guard counts by:"
          .. " client:send(message, { guard_key = ... })",
      }) or nil
    end
  elseif limit.unit == "parts" then
    return function(facts)
      return not facts.parts and not facts.is_test and refusals.new({
        rule = "budget", message = "the parts of the message cannot be counted, which the guard's budget needs",
      }) or nil
    end
  end
end

-- Where live is off, the numbers of every `only` stay; without one there are none.
local function add_numbers(checks, list, where)
  for _, options in ipairs(list) do
    if options.live == false then where = where or "live = false" end
    checks[#checks + 1] = numbers.prefixes(options.allow, options.deny)
  end
  local has_only = false
  for _, options in ipairs(list) do
    if options.only then
      has_only = true
      checks[#checks + 1] = numbers.numbers(options.only, where)
    end
  end
  if where and not has_only then checks[#checks + 1] = numbers.numbers({}, where) end
  return where == nil
end

local function checks_of(list, where, all_limits)
  local checks, seen = {}, {}
  local is_live = add_numbers(checks, list, where)
  local most = smallest(list, function(options) return options.max_parts end)
  if most then checks[#checks + 1] = check_parts(most) end
  for _, limit in ipairs(all_limits) do
    local check = not seen[limit.family] and check_presence(limit)
    seen[limit.family] = true
    if check then checks[#checks + 1] = check end
  end
  return checks, is_live
end

local function prices_of(guard, list)
  if not guard.max_price and not limits.have(guard.limits, "unit", "price") then return nil end
  return prices.new({ currency = first(list, "currency"), price_seconds = first(list, "price_seconds") })
end

local function check_stores(list)
  local store
  for _, options in ipairs(list) do
    if store ~= nil and options.store ~= nil and options.store ~= store then
      return errors.invalid_argument("guard.store", "guard.store differs between two guards of the same client")
    end
    if options.store ~= nil then store = options.store end
  end
end

local function check_all(list)
  for _, options in ipairs(list) do
    local err = guard_options.check(options)
    if err then return err end
  end
  return check_stores(list)
end

local function build(list, where, made)
  local all_limits = limits.compile(list)
  local guard = setmetatable({
    limits = all_limits, prefix_digits = smallest(list, function(options) return options.prefix_digits end) or 7,
    max_price = smallest(list, function(options) return options.max_price and micro.read(options.max_price) end),
    allow_unknown_price = in_all(list, "allow_unknown_price"), allow_unreachable = in_all(list, "allow_unreachable"),
    breaker = breakers.new(first(list, "breaker")), retries = retries.new(first(list, "retry_quota")),
    counters = made, passages = passages, budgets = limits.budgets(all_limits),
    has_duplicate = limits.have(all_limits, "family", "duplicate"),
  }, Guard)
  guard.checks, guard.is_live = checks_of(list, where, all_limits)
  guard.prices = prices_of(guard, list)
  return guard
end

--- The option `guard`, one table or a list of them, as a list.
---@param option vertexsms.GuardOptions|vertexsms.GuardOptions[]|nil
---@return vertexsms.GuardOptions[]
function M.listed(option)
  if option == nil then return {} end
  return type(option[1]) == "table" and option or { option }
end

--- Makes a guard of one table of options or more: all rules of all of them hold.
---@param list vertexsms.GuardOptions[]
---@param host table|nil that waits for a store
---@return vertexsms.Guard|nil guard nil, too, where nothing is guarded
---@return vertexsms.Error|nil
function M.make(list, host)
  local is_off, err = guard_options.is_switched_off()
  if err then return nil, err end
  if #list == 0 and not is_off then return nil end
  err = check_all(list)
  if err then return nil, err end
  if #list == 0 then list = { {} } end
  local made
  made, err = counters.of(first(list, "store"), #limits.compile(list) > 0, host)
  if not made then return nil, err end
  return build(list, is_off and "VERTEXSMS_LIVE" or nil, made)
end

--- Makes a guard that counts in an outbox's store, in the outbox's own steps. One that was made already is taken as
--- it is.
---@param options vertexsms.GuardOptions|table
---@param store table of vertexsms.store
---@param host table
---@return vertexsms.Guard|nil
---@return vertexsms.Error|nil
function M.of_store(options, store, host)
  if type(options.statements) == "function" then return options end
  if options.store ~= nil then
    return nil, errors.invalid_argument("guard.store", "guard.store must be left out: an outbox's guard counts in the"
      .. " outbox's store")
  end
  local complete = {}
  for name, value in pairs(options) do complete[name] = value end
  complete.store = store
  return M.make({ complete }, host)
end

--- Makes a guard for a process that sends nothing; raises what is wrong with the options.
---@param options vertexsms.GuardOptions|vertexsms.GuardOptions[]
---@return vertexsms.Guard
function M.new(options)
  return (errors.raise_unless(M.make(M.listed(options))))
end

--- For client:update: what the host does for the store, as it does for the requests.
---@param host table that is driven by hand
---@param budget number seconds
---@return integer count
function Guard:update(host, budget)
  return self.counters.update and self.counters:update(host, budget) or 0
end

--- For a handler: a report came.
---@param report vertexsms.Report
---@param prefix string|nil first digits of the recipient
---@param host table|nil that waits for the store
---@return string|nil reason why it could not be counted
function Guard:on_report(report, prefix, host)
  local breaker = self.breaker
  if not breaker or not report.final then return nil end
  local means, stores = breakers.of_report(report), self.counters
  local reason = means.pause and stores:pause(means.pause, means.reason, breaker.seconds, host)
    or means.resume and stores:resume(means.resume, host)
  if not breaker.undelivered or not prefix or means.failed == nil then return reason end
  return stores:tally(breaker, prefix, means.failed, host) or reason
end

local function amount_of(limit, value)
  return limit.unit == "price" and micro.write(value) or value
end

-- The counters of a budget are there by themselves; those of a recipient or a key must be asked for.
local function asked_limits(self, facts)
  local some, places = {}, {}
  for i, limit in ipairs(self.limits) do
    if not limit.key or facts[limit.key] then some[#some + 1], places[#places + 1] = limit, i end
  end
  return some, places
end

local function facts_of(self, query)
  local number = numbers.canonical(query)
  if query.to ~= nil and not number then
    return nil, errors.invalid_argument("to", "to must be an international number, such as 37069912345, not "
      .. shown.value(query.to))
  end
  return {
    number = number, prefix = number and number:sub(1, self.prefix_digits),
    key = query.guard_key and limits.key_text(query.guard_key),
  }
end

--- What is used of each limit.
---@class vertexsms.GuardStatus
---@field live boolean
---@field limits { rule: string, unit: string, limit: integer|string, seconds: number, used: integer|string|nil,
---  retry_after: number|nil }[] `used` of budgets; of recipients and keys when they were asked for
---@field paused table<string, { reason: string, retry_after: number }> what the breaker has paused
---@field retries { left: number, tokens: integer }|nil

--- Tells what is used. `{ to = ..., guard_key = ... }` asks for the counters of a recipient or a key, too.
---@param query { to: string|nil, guard_key: string|nil }|nil
---@param host table|nil that waits for the store
---@return vertexsms.GuardStatus|nil
---@return vertexsms.Error|nil
function Guard:status(query, host)
  local facts, err = facts_of(self, query or {})
  if not facts then return nil, err end
  local some, places = asked_limits(self, facts)
  local found, reason = self.counters:look(some, facts, host)
  local paused
  if found then paused, reason = self.counters:marks(host) end
  if not paused then return nil, refusals.unreachable(reason) end
  local rows = {}
  for i, limit in ipairs(self.limits) do
    rows[i] = { rule = limit.rule, unit = limit.unit, limit = amount_of(limit, limit.most),
      seconds = limit.window.seconds }
  end
  for n, i in ipairs(places) do
    rows[i].used, rows[i].retry_after = amount_of(self.limits[i], found[n].used), found[n].retry_after
  end
  return {
    live = self.is_live, limits = rows, paused = paused,
    retries = self.retries and { left = self.retries.left, tokens = self.retries.tokens } or nil,
  }
end

-- The rules that count, in their order.
local function counting_rules(self)
  local names, seen = {}, {}
  for _, limit in ipairs(self.limits) do
    if not seen[limit.rule] then names[#names + 1] = limit.rule end
    seen[limit.rule] = true
  end
  if self.breaker then names[#names + 1] = "breaker" end
  return names
end

local COUNTS_NOTHING = { allow = true, deny = true, only = true, live = true, max_parts = true, max_price = true }

-- What counts nothing is not forgotten in silence: a misspelt name would leave the counters as they are.
local function check_rule(self, rule)
  if type(rule) ~= "string" then
    return errors.invalid_argument("rule", "rule must be a rule's name, such as \"budget\", not "
      .. shown.type_and_value(rule))
  end
  local names = counting_rules(self)
  for _, name in ipairs(names) do
    if name == rule then return nil end
  end
  local all = table.concat(names, ", ")
  if all == "" then all = "it has none that counts" end
  local words = COUNTS_NOTHING[rule] and " counts nothing that could be forgotten (rules that count: "
    or " is not a rule of this guard (its rules: "
  local name = rule:find("^[a-z_]+$") and rule or shown.text(rule)
  return errors.invalid_argument("rule", name .. words .. all .. ")")
end

--- Forgets what was counted: of one rule, such as "budget", or of all. What is not a rule of this guard
-- that counts is an error.
---@param rule string|nil
---@param host table|nil that waits for the store
---@return true|nil
---@return vertexsms.Error|nil
function Guard:reset(rule, host)
  local err = rule ~= nil and check_rule(self, rule) or nil
  if err then return nil, err end
  local reason
  if rule == nil or rule == "breaker" then reason = self.counters:reset(rule and "breaker", host) end
  for _, limit in ipairs(self.limits) do
    if limit.rule == rule then reason = self.counters:reset(limit.family, host) or reason end
  end
  if reason then return nil, refusals.unreachable(reason) end
  return true
end

return M
