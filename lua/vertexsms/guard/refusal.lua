--- What a guard says when it refuses: which rule, how much was used, when it is over, and how to allow it.
--
-- Tested in spec/guard_spec.lua and spec/guard/numbers_spec.lua.

local countries = require("vertexsms.guard.countries")
local duration = require("vertexsms.base.duration")
local errors = require("vertexsms.error")
local micro = require("vertexsms.guard.micro")
local numbers = require("vertexsms.base.number")

local M = {}

--- An error of kind `guarded`. What time cures may be tried again.
---@param fields table rule, message, limit, used, retry_after, field
---@return vertexsms.Error
function M.new(fields)
  local err = { kind = "guarded", retryable = fields.retry_after ~= nil }
  for name, value in pairs(fields) do err[name] = value end
  return errors.new(err)
end

local function country_of(to)
  for length = 4, 1, -1 do
    local list = countries.countries[to:sub(1, length)]
    if list then return list[1] end
  end
end

---@param rule "allow"|"deny"
---@param to string digits
---@param prefix string|nil the entry that decided
---@return vertexsms.Error
function M.prefix(rule, to, prefix)
  local country = country_of(to)
  local message
  if rule == "deny" then
    message = ("the guard's deny has %s, which to begins with: take it out, or put a longer prefix into allow")
      :format(prefix)
  else
    message = ("the guard's allow has no prefix of to: add one such as \"%s\"%s"):format(to:sub(1, 5),
      country and (', or the country "%s"'):format(country) or "")
  end
  return M.new({ rule = rule, field = "to", message = message })
end

---@param where string|nil what has switched `live` off
---@return vertexsms.Error
function M.number(where)
  if not where then
    return M.new({ rule = "only", field = "to", message = "to is not one of the numbers in the guard's only: add it" })
  end
  return M.new({ rule = "live", message = ("messages are not sent here, because of %s: set testMode, put the number"
    .. " into the guard's only, or switch it on where customers are to get SMS"):format(where) })
end

-- The length of a rule, as the rule has it.
local function length_of(seconds)
  return numbers.write(math.ceil(seconds)) .. (math.ceil(seconds) == 1 and " second" or " seconds")
end

local OWNERS = {
  per_recipient = "this recipient", per_prefix = "the numbers that begin like this one", per_key = "this guard_key",
  budget = "the budget",
}

local function amount(limit, count)
  if limit.unit == "price" then return micro.write(count) end
  return ("%.0f"):format(count)
end

local function unit_of(limit, count)
  if limit.unit == "price" then return "" end
  return count == 1 and " " .. limit.unit:gsub("s$", "") or " " .. limit.unit
end

local function later(seconds, rule)
  if not seconds then return "It can never pass: raise " .. rule end
  return ("There is room again in %s; or raise %s"):format(duration.words(seconds), rule)
end

local function words_of(full)
  local limit = full.limit
  local length, needed = length_of(limit.window.seconds), limit.amount and full.facts[limit.amount] or 1
  if limit.rule == "duplicate" then
    return ("the same message went to this recipient less than %s ago: wait %s, or lower the guard's duplicate")
      :format(length, duration.words(full.retry_after or limit.window.seconds))
  end
  local needs = needed > 1 and (", and this needs %s"):format(amount(limit, needed)) or ""
  return ("%s may have %s%s in %s and has had %s%s. %s of the guard"):format(OWNERS[limit.rule],
    amount(limit, limit.most), unit_of(limit, limit.most), length, amount(limit, full.used), needs,
    later(full.retry_after, limit.rule))
end

--- A limit is reached.
---@param full vertexsms.guard.Full
---@return vertexsms.Error
function M.limit(full)
  local limit, used = full.limit, full.used
  local is_price = limit.unit == "price"
  return M.new({
    rule = limit.rule, retry_after = full.retry_after, index = full.index,
    limit = is_price and micro.write(limit.most) or limit.most, used = is_price and micro.write(used) or used,
    message = words_of(full),
  })
end

--- The counters cannot be asked.
---@param reason string
---@return vertexsms.Error
function M.unreachable(reason)
  local err = M.new({
    rule = "store", message = ("the guard's counters cannot be asked, so nothing is sent (allow_unreachable = true"
      .. " sends all the same): %s"):format(reason),
  })
  err.temporary, err.retryable = true, true
  return err
end

--- The breaker is open.
---@param mark vertexsms.guard.Mark
---@param retry_after number
---@return vertexsms.Error
function M.paused(mark, retry_after)
  return M.new({
    rule = "breaker", retry_after = retry_after,
    message = ("sending pauses: %s. In %s one message may try; guard:reset(\"breaker\") ends it now")
      :format(mark.reason, duration.words(retry_after)),
  })
end

return M
