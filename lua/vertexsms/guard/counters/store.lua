--- Counters in a database: SQLite for the processes of one machine, PostgreSQL for many. Each question is one step, all
-- of it or nothing.

local limits = require("vertexsms.guard.limits")
local sql = require("vertexsms.guard.sql")
local stores = require("vertexsms.store")
local windows = require("vertexsms.guard.counters.window")

local M = {}

-- What is over is forgotten in one step of this many.
local CLEAN_EVERY = 50

---@class vertexsms.guard.Store: vertexsms.guard.Counters
local Store = { may_wait = true }
Store.__index = Store

local function amount_of(limit, facts)
  return limit.amount and facts[limit.amount] or 1
end

-- Tables are made by the first step of a process.
local function prepare(self, host)
  if self.is_ready then return nil end
  local result, err = self.store:perform(self.sql:schema(), host)
  self.is_ready = result ~= nil
  return err and not result and err.message or nil
end

local function perform(self, step, host)
  local reason = prepare(self, host)
  if reason then return nil, reason end
  local result, err = self.store:perform(step, host)
  return result, err and err.message
end

--- The statements that count messages. What many messages count in one counter is one statement.
---@param all vertexsms.guard.Limit[]
---@param list vertexsms.guard.Facts[]
---@return table[] statements
---@return table<string, vertexsms.guard.Full> what each of them is about, by its `must`
function Store:counting(all, list)
  local order, by_name = {}, {}
  for index, facts in ipairs(list) do
    for _, limit in ipairs(all) do
      local name, amount = limits.name(limit, facts), amount_of(limit, facts)
      local one = by_name[name]
      if amount > 0 and not one then
        one = { name = name, limit = limit, amount = 0 }
        by_name[name], order[#order + 1] = one, one
      end
      if amount > 0 then one.amount, one.facts, one.index = one.amount + amount, facts, index end
    end
  end
  local step, about = { self.sql:tick() }, {}
  for i, one in ipairs(order) do
    local must = "guard:" .. i
    about[must] = one
    step[#step + 1] = self.sql:count(one.name, one.limit.window, one.amount, one.limit.most, must)
  end
  return step, about
end

--- The clock of a step that began to count with this statement.
---@param result table of the step
---@param first integer
---@return number seconds
function Store.taken_at(result, first)
  return tonumber(result[first].rows[1].logical) / 1000
end

-- What is used of a limit, from its slots.
local function used_of(limit, now, rows, excess)
  local width = limit.window.width_ms
  local newest, by_slot, used = math.floor(now / width), {}, 0
  for _, row in ipairs(rows) do
    local slot = tonumber(row.slot)
    if slot > newest - windows.COUNTED then
      by_slot[slot] = tonumber(row.used)
      used = used + by_slot[slot]
    end
  end
  local function used_in(slot) return by_slot[slot] or 0 end
  local left = excess(used)
  local retry_after = left > 0 and windows.seconds_until(limit.window, now / 1000, newest, used_in, left) or nil
  return { used = used, retry_after = retry_after }
end

local function clock_of(result)
  local row = result[1].rows[1]
  return row and tonumber(row.logical) or 0
end

--- Fills in what is used of a limit that has no room.
---@param one vertexsms.guard.Full of `counting`
---@param ask fun(step: table): table|nil, any
---@return vertexsms.guard.Full
function Store:explained(one, ask)
  local result = ask({ self.sql:clock(), self.sql.slots(one.name), read_only = true })
  if not result then
    one.used = one.limit.most
    return one
  end
  local found = used_of(one.limit, clock_of(result), result[2].rows, function(used)
    return used + one.amount - one.limit.most
  end)
  one.used, one.retry_after = found.used, found.retry_after
  return one
end

function Store:take(all, list, host)
  local step, about = self:counting(all, list)
  self.steps = self.steps + 1
  if self.steps % CLEAN_EVERY == 0 then step[#step + 1] = self.sql.clean() end
  local result, reason = perform(self, step, host)
  if not result then return nil, nil, reason end
  if result.kind == "refused" then
    return nil, self:explained(about[result.failed], function(question) return perform(self, question, host) end)
  end
  local taken = self.taken_at(result, 1)
  for _, facts in ipairs(list) do facts.taken = taken end
  return true
end

--- The statements that take back what was counted; of what was counted at an unknown time, from what was counted last.
---@param all vertexsms.guard.Limit[]
---@param list vertexsms.guard.Facts[]
---@return table[] statements
function Store:uncounting(all, list)
  local step = {}
  for _, facts in ipairs(list) do
    for _, limit in ipairs(all) do
      local amount = amount_of(limit, facts)
      if amount ~= 0 then
        local name = limits.name(limit, facts)
        step[#step + 1] = facts.taken and self.sql.uncount(name, limit.window, amount, facts.taken)
          or self.sql.uncount_last(name, amount)
      end
    end
  end
  return step
end

--- The statements that count, whatever the limits.
---@param all vertexsms.guard.Limit[]
---@param facts vertexsms.guard.Facts
---@return table[] statements
function Store:adding(all, facts)
  local step = { self.sql:tick() }
  for _, limit in ipairs(all) do
    local amount = amount_of(limit, facts)
    if amount ~= 0 then step[#step + 1] = self.sql:add(limits.name(limit, facts), limit.window, amount) end
  end
  return step
end

local function do_all(self, step, host)
  if #step == 0 then return nil end
  local _, reason = perform(self, step, host)
  return reason
end

function Store:give_back(all, list, host) return do_all(self, self:uncounting(all, list), host) end

function Store:add(all, facts, host) return do_all(self, self:adding(all, facts), host) end

function Store:look(all, facts, host)
  local step = { self.sql:clock(), read_only = true }
  for i, limit in ipairs(all) do step[i + 1] = self.sql.slots(limits.name(limit, facts)) end
  local result, reason = perform(self, step, host)
  if not result then return nil, reason end
  local found, now = {}, clock_of(result)
  for i, limit in ipairs(all) do
    found[i] = used_of(limit, now, result[i + 1].rows, function(used) return used + 1 - limit.most end)
  end
  return found
end

function Store:pause(name, reason, seconds, host)
  return do_all(self, { self.sql:tick(), self.sql:pause(name, reason, seconds) }, host)
end

function Store:resume(name, host) return do_all(self, { self.sql.resume(name) }, host) end

--- The mark that stops a message.
---@param names string[]
---@param ask fun(step: table): table|nil, any
---@return vertexsms.guard.Mark|nil
---@return number|string seconds, or why it cannot be told
function Store:stopped_by(names, ask)
  local result, reason = ask({ self.sql:clock(), self.sql.marks(), read_only = true })
  if not result then return nil, reason end
  local now, found, left = clock_of(result), nil, 0
  for _, row in ipairs(result[2].rows) do
    for _, name in ipairs(names) do
      local wait = (tonumber(row.ends) - now) / 1000
      if row.name == name and (not found or wait > left) then found, left = row, wait end
    end
  end
  if not found then return { reason = "it has just ended", ends = 0 }, 1 end
  return { reason = found.reason, ends = tonumber(found.ends) / 1000 }, math.max(left, 0.001)
end

function Store:probe(names, seconds, host)
  local step = { self.sql:tick() }
  step[2], step[3] = self.sql.probe(names, seconds, "guard:paused")
  local result, reason = perform(self, step, host)
  if not result then return nil, nil, reason end
  if result.kind == "ok" then return true, result[3].changes > 0 and { reason = "", ends = 0 } or nil end
  return nil, self:stopped_by(names, function(question) return perform(self, question, host) end)
end

function Store:tally(breaker, prefix, failed, host)
  return do_all(self, self.sql:tally(breaker, prefix, failed), host)
end

function Store:marks(host)
  local result, reason = perform(self, { self.sql:clock(), self.sql.marks(), read_only = true }, host)
  if not result then return nil, reason end
  local found, now = {}, clock_of(result)
  for _, row in ipairs(result[2].rows) do
    found[row.name] = { reason = row.reason, retry_after = math.max(0, (tonumber(row.ends) - now) / 1000) }
  end
  return found
end

-- For client:update, where a host is driven by hand.
function Store:update(host, budget)
  return self.store.handle.submit and host.update(self.store.handle, budget) or 0
end

function Store:reset(family, host) return do_all(self, self.sql.reset(family), host) end

--- Counters in a store.
---@param option string|table a path, a URL, or a store
---@param host vertexsms.Host
---@return vertexsms.guard.Store|nil
---@return vertexsms.Error|nil
function M.open(option, host)
  local store, err = stores.open(option, host)
  if not store then return nil, err end
  return setmetatable({ store = store, sql = sql.new(store.dialect), steps = 0, is_ready = false }, Store)
end

return M
