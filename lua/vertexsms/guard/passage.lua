--- Messages on their way through a guard: checked and counted before they leave, given back when they certainly did
-- not, counted once more where an attempt of unknown outcome is repeated.
--
-- Tested in spec/guard_spec.lua.

local ascii = require("vertexsms.base.ascii")
local attempts = require("vertexsms.request.attempts")
local breakers = require("vertexsms.guard.breaker")
local callback_urls = require("vertexsms.message.callback_url")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local limits = require("vertexsms.guard.limits")
local numbers = require("vertexsms.guard.numbers")
local prices = require("vertexsms.guard.price")
local reasons = require("vertexsms.base.reason")
local refusals = require("vertexsms.guard.refusal")
local urls = require("vertexsms.check.url")

local M = {}

--- What is known of a message that passes.
---@class vertexsms.guard.Facts
---@field wire table
---@field number string|nil digits of the recipient
---@field prefix string|nil its first ones
---@field key string|nil of the caller's
---@field duplicate string|nil by which a message is known again
---@field parts integer|nil
---@field billed integer parts that cost something
---@field price integer micros
---@field part_price integer|nil micros
---@field is_test boolean
---@field unpriced string|nil what it is, where the price of such a thing cannot be asked
---@field is_probe boolean it tries whether the breaker's reason has gone
---@field taken number|nil when it was counted, on the clock of the counters; nil: it is not
---@field is_doubtful boolean|nil what was to be given back may have been

local TEST_MODES = { ["1"] = true, ["2"] = true, [1] = true, [2] = true }

-- A message that was checked has its number as digits already.
local function number_of(wire, is_checked)
  if is_checked and not wire.correctBy then return wire.to end
  return numbers.canonical(wire)
end

---@param guard vertexsms.Guard
---@param client vertexsms.AnyClient
---@param draft vertexsms.Draft
---@param key string|nil
---@param unpriced string|nil
---@return vertexsms.guard.Facts
function M.facts(guard, client, draft, key, unpriced)
  local wire, estimate = draft.wire, draft.estimate
  local number, is_test = number_of(wire, client.validate), TEST_MODES[wire.testMode] or false
  local parts = unpriced and 1 or estimate and estimate.parts or nil
  return {
    wire = wire, number = number, prefix = number and number:sub(1, guard.prefix_digits),
    key = key and limits.key_text(key), duplicate = guard.has_duplicate and limits.duplicate_text(wire, number) or nil,
    parts = parts, billed = not is_test and parts or 0, price = 0, part_price = nil, is_test = is_test,
    unpriced = unpriced, is_probe = false, taken = nil,
  }
end

--- All that needs neither a counter nor a price.
---@param guard vertexsms.Guard
---@param facts vertexsms.guard.Facts
---@return vertexsms.Error|nil
function M.check(guard, facts)
  local all = guard.checks
  for i = 1, #all do
    local err = all[i](facts)
    if err then return err end
  end
end

local function price_of(guard, facts)
  if facts.is_test then return nil end
  facts.price = (facts.part_price or 0) * (facts.parts or 1)
  return guard.max_price and prices.check(facts.price, guard.max_price) or nil
end

-- Of Viber messages and lookups there are no prices that can be asked.
local function priced(list)
  local some = {}
  for _, facts in ipairs(list) do
    if facts.unpriced then return nil, facts.unpriced end
    if not facts.is_test then some[#some + 1] = facts end
  end
  return some
end

local NO_PRICE = "the price of %s cannot be asked (allow_unknown_price = true of the guard lets it pass all the same)"

--- Asks for the prices that rules need. May wait.
---@param guard vertexsms.Guard
---@param client vertexsms.AnyClient
---@param list vertexsms.guard.Facts[]
---@return vertexsms.Error|nil
function M.price(guard, client, list)
  if not guard.prices then return nil end
  local some, unpriced = priced(list)
  local err = some and guard.prices:fetch(client, some)
  if not some then err = refusals.new({ rule = "price", message = NO_PRICE:format(unpriced) }) end
  if err and not guard.allow_unknown_price then return err end
  for index, facts in ipairs(list) do
    err = price_of(guard, facts)
    if err then
      err.index = index
      return err
    end
  end
end

local function unreachable(guard, reason, host)
  if not guard.allow_unreachable then return refusals.unreachable(reason) end
  reasons.report(host, "guard", "its counters cannot be asked, and messages are sent all the same: " .. reason)
end

local function forget(list)
  for i = 1, #list do list[i].taken = nil end
end

local function count(guard, list, host)
  if #guard.limits == 0 then return nil end
  local ok, full, reason = guard.counters:take(guard.limits, list, host)
  if ok then return nil end
  forget(list)
  return full and refusals.limit(full) or unreachable(guard, reason, host)
end

local function give_back(guard, list, host)
  local some = {}
  for _, facts in ipairs(list) do
    if facts.taken then some[#some + 1] = facts end
  end
  local reason = #some > 0 and guard.counters:give_back(guard.limits, some, host)
  forget(list)
  return reason or nil
end

-- One message is all that may try after a pause; a list passes as one where no prefix has a pause of its own.
local function probe(guard, list, host)
  local breaker = guard.breaker
  for i = 1, breaker.undelivered and #list or 1 do
    local facts = list[i]
    local ok, mark, seconds = guard.counters:probe(breaker:names(facts.prefix), breaker.seconds, host)
    if not ok then return mark and refusals.paused(mark, seconds) or unreachable(guard, seconds, host) end
    facts.is_probe = mark ~= nil
  end
end

--- Counts, all or none.
---@param guard vertexsms.Guard
---@param list vertexsms.guard.Facts[]
---@param host vertexsms.Host
---@return vertexsms.Error|nil
function M.take(guard, list, host)
  local err = count(guard, list, host)
  if err or not guard.breaker then return err end
  err = probe(guard, list, host)
  if err then give_back(guard, list, host) end
  return err
end

--- Tells the hook of a refusal.
---@param client vertexsms.AnyClient
---@param err vertexsms.Error
function M.tell(client, err)
  attempts.call_hook(client, "on_guarded", {
    rule = err.rule, limit = err.limit, used = err.used, retry_after = err.retry_after, message = err.message,
  })
end

local function judge(guard, client, drafts, key)
  local list = {}
  for i = 1, #drafts do
    local facts = M.facts(guard, client, drafts[i], key, drafts.unpriced)
    list[i] = facts
    local err = M.check(guard, facts)
    if err then
      err.index = i
      return nil, err
    end
  end
  local err = M.price(guard, client, list)
  if err then return nil, err end
  return list
end

local function examine(guard, client, drafts, key)
  local list, err = judge(guard, client, drafts, key)
  err = err or M.take(guard, list, client.host)
  if err then return nil, err end
  return list
end

-- Says which message it is about, where there are several.
local function place(err, drafts)
  if #drafts == 1 and not drafts.is_list then err.index = nil end
  return err.index and errors.of_message(err, err.index) or err
end

--- Judges messages by what needs no counter, and counts nothing: what a send would be refused for in any case.
---@param guard vertexsms.Guard
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
---@return vertexsms.Error|nil
function M.judge(guard, client, drafts)
  local list, err = judge(guard, client, drafts)
  return not list and place(err, drafts) or nil
end

--- Asks the guard whether messages may leave. All of them or none.
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
---@param key string|nil
---@return vertexsms.Error|nil
function M.enter(client, drafts, key)
  local guard = client.guard
  local list, err = examine(guard, client, drafts, key)
  if not list then
    M.tell(client, place(err, drafts))
    return err
  end
  for i = 1, #drafts do drafts[i].facts = list[i] end
end

local SENDS = { sms = true, viber = true, hlr = true }

-- However the path is written: the last segment that has a name, without parameters (`sms;a=1`, `;a=1`), a format
-- (`sms.json`) and what a server may cut off. What leads upwards was refused before.
local function is_send(path)
  local last
  for segment in urls.decode(path):gmatch("[^/]+") do
    last = segment:match("^[^;]*"):match("[A-Za-z0-9_-]+") or last
  end
  return last ~= nil and SENDS[ascii.lower(last)] or false
end

--- Asks the guard whether a request of the caller's own making may leave. One that sends messages could not be judged.
---@param client vertexsms.AnyClient
---@param path string
---@return vertexsms.Error|nil
function M.refuses_request(client, path)
  if not is_send(path) then return nil end
  local err = refusals.new({
    rule = "request", field = "path",
    message = "path is one that sends messages or looks a number up, which client:request cannot do while there is a"
      .. " guard: use client:send, client:send_many, client:viber or client:hlr",
  })
  M.tell(client, err)
  return err
end

--- Puts the first digits of the recipient into the URL of the report, which does not name the recipient itself.
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
function M.mark(client, drafts)
  local breaker = client.guard.breaker
  if not breaker or not breaker.undelivered then return end
  for _, draft in ipairs(drafts) do
    local wire, prefix = draft.wire, draft.facts.prefix
    local url = wire.dlrUrl and prefix and callback_urls.build(wire.dlrUrl, { prefix = prefix })
    wire.dlrUrl = url or wire.dlrUrl
  end
end

local function report(client, reason)
  if reason then reasons.report(client.host, "guard", reason) end
end

local function facts_of(drafts)
  local list = {}
  for _, draft in ipairs(drafts) do list[#list + 1] = draft.facts end
  return list
end

-- VertexSMS counts the parts in the end. Of a list it says the sum, and the difference is in its last message.
local function settle_parts(guard, drafts, parts, host)
  local facts, estimate = drafts[#drafts].facts, 0
  if #drafts == 1 and facts.parts == parts then return nil end
  for _, draft in ipairs(drafts) do
    if draft.facts.is_test or not draft.facts.taken then return end
    estimate = estimate + (draft.facts.parts or 0)
  end
  if parts == estimate then return end
  local more = math.abs(parts - estimate)
  local difference = { billed = more, price = more * (facts.part_price or 0), taken = facts.taken }
  if parts > estimate then return guard.counters:add(guard.budgets, difference, host) end
  return guard.counters:give_back(guard.budgets, { difference }, host)
end

local function tell_breaker(client, drafts, err)
  local guard, facts = client.guard, drafts[1].facts
  local pause, reason, resume = breakers.of_outcome(err)
  if pause then report(client, guard.counters:pause(pause, reason, guard.breaker.seconds, client.host)) end
  if resume and facts.is_probe then report(client, guard.counters:resume(resume, client.host)) end
end

-- What may have been billed stays counted.
local IS_FREE = { not_sent = true, rejected = true }

--- Messages have ended that entered.
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
---@param process integer that the call belongs to
---@param err vertexsms.Error|nil
---@param parts integer|nil that VertexSMS has counted
function M.leave(client, drafts, process, err, parts)
  local guard = client.guard
  if core.process_number() ~= process then return end
  if guard.breaker then tell_breaker(client, drafts, err) end
  local last = drafts.last_outcome
  if err and (not last or IS_FREE[last]) then
    return report(client, give_back(guard, facts_of(drafts), client.host))
  end
  if parts and #guard.budgets > 0 then report(client, settle_parts(guard, drafts, parts, client.host)) end
end

--- Messages that never came to their turn.
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
---@param process integer
function M.abandon(client, drafts, process)
  if core.process_number() ~= process then return end
  report(client, give_back(client.guard, facts_of(drafts), client.host))
end

--- Another attempt is to begin. One that may have been accepted stays counted, and this one is counted besides.
---@param client vertexsms.AnyClient
---@param drafts vertexsms.Draft[]
---@return boolean may_go_on
function M.again(client, drafts)
  local last = drafts.last_outcome
  drafts.last_outcome = nil
  if last ~= "unknown" then return true end
  local err = M.take(client.guard, facts_of(drafts), client.host)
  if not err then return true end
  drafts.last_outcome = last
  M.tell(client, err)
  return false
end

return M
