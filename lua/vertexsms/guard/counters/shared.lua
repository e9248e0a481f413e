--- Counters in an ngx.shared dict, which all workers of nginx see and a reload leaves alone.
--
-- A slot of a counter is one key, made with safe_add and raised with incr: incr with an init value would evict other
-- counters of a full dict, and a stranger's rotating numbers would evict the budget. A dict that is full refuses.
--
-- Nothing is locked. A worker counts first, and looks at the clock afterwards: when the slot is still the one at hand,
-- every other one has seen it that counts in a later slot, and the slots before are complete. What is too much is taken
-- back. So two workers at the limit may both be refused, and never pass both.
--
-- One key more says whether a counter has any slots, so that what is new is known by one look. Its value is the newest
-- slot, its flags how many slots before that the oldest one may be (and one more: none is what there was before). It is
-- there before they are, and expires after them. The oldest slot never becomes a later one.
--
-- Slots are numbered by a clock that never goes back, and that all workers share. nginx lets keys expire by another
-- one, which may; so what is over is also looked for by its number when the dict is full.
--
-- Tested in spec/guard/counters/shared_spec.lua, in nginx.

local core = require("vertexsms.base.core")
local numbers = require("vertexsms.base.number")
local windows = require("vertexsms.guard.counters.window")

local M = {}

local SLOTS = windows.SLOTS
local KEY, MARK, PROBE, ANY = "guard:", "guard-mark:", "guard-probe:", "any:"
local floor, min = math.floor, math.min

-- How often a worker tries whose clock has come to the next slot meanwhile.
local TRIES_MAX = 10
-- A mark that no message tries any more is forgotten.
local MARK_SECONDS = 30 * 86400
-- Marks are listed for status and reset, not for a send.
local KEYS_MAX = 0
local SWEEP_KEYS, SWEEP_SECONDS = 1024, 1

local FULL = "the lua_shared_dict is full: make it larger in nginx.conf"

---@class vertexsms.guard.Shared: vertexsms.guard.Counters
local Shared = {}
Shared.__index = Shared

-- What tells the counters of a limit apart.
local function name_of(limit, facts)
  return limit.key and facts[limit.key] or ""
end

local function amount_of(limit, facts)
  return limit.amount and facts[limit.amount] or 1
end

local function start_at(limit, slot)
  return KEY .. limit.prefix .. slot .. ":"
end

local function key_at(limit, facts, slot)
  return start_at(limit, slot) .. name_of(limit, facts)
end

-- What the keys of the slots that count begin with, the one at hand first: made once for each slot, not for each send.
local function starts_of(self, limit, slot)
  local starts = self.starts[limit.prefix]
  if starts and starts.slot == slot then return starts end
  starts = { slot = slot, any = KEY .. limit.prefix .. ANY }
  for i = 0, SLOTS do starts[i] = start_at(limit, slot - i) end
  self.starts[limit.prefix] = starts
  return starts
end

-- A key of ours whose time is over, by the number of its slot; the name has the width of it.
local function is_over(dict, key, now)
  local width, slot = key:match("^guard:[a-z]+:([0-9]+):([0-9a-z]+):")
  if slot == "any" then slot = dict:get(key) end
  return slot ~= nil and floor(now * 1000 / tonumber(width)) - tonumber(slot) > SLOTS
end

-- Where the clock was set back, keys do not expire.
local function sweep(self, now)
  if now - self.swept < SWEEP_SECONDS then return false end
  self.swept = now
  local count = 0
  for _, key in ipairs(self.dict:get_keys(SWEEP_KEYS)) do
    if is_over(self.dict, key, now) then
      self.dict:delete(key)
      count = count + 1
    end
  end
  return count > 0
end

-- With an attempt to make room.
local function store(self, method, key, value, seconds, now, flags)
  local ok, reason = self.dict[method](self.dict, key, value, seconds, flags)
  if not ok and reason == "no memory" and sweep(self, now) then
    ok, reason = self.dict[method](self.dict, key, value, seconds, flags)
  end
  if reason == "no memory" then reason = FULL end
  return ok, reason
end

-- A counter, as a worker sees it in a slot: `starts`, `name`, `oldest` (of its slots), `before` (what was counted in
-- the slots before) and `present` (in the one at hand; nil: it is not there).

local function find_oldest(dict, starts, name)
  local newest, age = dict:get(starts.any .. name)
  if not newest then return starts.slot, nil end
  return newest - (age and age - 1 or SLOTS), newest
end

local function used_before(dict, starts, name, oldest)
  local sum = 0
  for i = 1, min(SLOTS, starts.slot - oldest) do
    local value = dict:get(starts[i] .. name)
    if value then sum = sum + value end
  end
  return sum
end

local function look_at_one(dict, counter, starts, name)
  local oldest, newest = find_oldest(dict, starts, name)
  counter.oldest, counter.before, counter.present = oldest, 0, nil
  if oldest < starts.slot then counter.before = used_before(dict, starts, name, oldest) end
  if newest and newest >= starts.slot then counter.present = dict:get(starts[0] .. name) end
end

-- What was counted before the slot at hand only becomes less, so where one counter is for all it is read once for each
-- slot; before it refuses, it is read again.
local function look_at_all(dict, counter, starts, room)
  counter.present = dict:get(starts[0])
  if not starts.before or starts.before + (counter.present or 0) > room then
    starts.oldest = find_oldest(dict, starts, "")
    starts.before = used_before(dict, starts, "", starts.oldest)
  end
  counter.before, counter.oldest = starts.before, starts.oldest
end

local function look_at(self, counter, limit, facts, slot, amount)
  local starts, name = starts_of(self, limit, slot), name_of(limit, facts)
  counter.starts, counter.name = starts, name
  if limit.key then
    look_at_one(self.dict, counter, starts, name)
  else
    look_at_all(self.dict, counter, starts, limit.most - amount)
  end
end

-- Makes the slot at hand, with what is counted in it. Returns what is in it then.
local function create(self, counter, key, amount, window, now)
  local seconds, starts = 2 * window.seconds + 1, counter.starts
  local flags = min(SLOTS, starts.slot - counter.oldest) + 1
  local ok, reason = store(self, "safe_set", starts.any .. counter.name, starts.slot, seconds, now, flags)
  if not ok then return nil, reason end
  ok, reason = store(self, "safe_add", key, amount, seconds, now)
  if ok then return amount end
  if reason ~= "exists" then return nil, reason end
  local value
  value, reason = self.dict:incr(key, amount)
  return value, reason
end

-- Raises the slot at hand; makes it where it is not there yet.
local function raise(self, counter, amount, window, now)
  local key, value, reason = counter.starts[0] .. counter.name, nil, "not found"
  if counter.present then value, reason = self.dict:incr(key, amount) end
  if reason == "not found" then value, reason = create(self, counter, key, amount, window, now) end
  return value, reason
end

local function seconds_until(self, limit, facts, slot, excess)
  local function used_in(number) return self.dict:get(key_at(limit, facts, number)) or 0 end
  return windows.seconds_until(limit.window, self.clock(), slot, used_in, excess)
end

local function full(self, limit, facts, slot, used)
  return {
    limit = limit, facts = facts, used = used,
    retry_after = seconds_until(self, limit, facts, slot, used + amount_of(limit, facts) - limit.most),
  }
end

-- What follows is written for LuaJIT, which gives up on loops with so much in them, again and again, and on more than a
-- dozen tail calls in a row.

-- Looked at first, so that what is refused leaves no keys behind. Returns what has no room, of the limits from one on.
local function find_full(self, limits, facts, now, from)
  local limit, counter = limits[from], self.counters[from]
  if not limit then return nil end
  if not counter then
    counter = {}
    self.counters[from] = counter
  end
  local amount = amount_of(limit, facts)
  counter.slot = floor(now / limit.window.width)
  if amount > 0 then
    look_at(self, counter, limit, facts, counter.slot, amount)
    local used = counter.before + (counter.present or 0)
    if used + amount > limit.most then return full(self, limit, facts, counter.slot, used) end
  end
  return find_full(self, limits, facts, now, from + 1)
end

-- Counts a message in one limit, whose counter was looked at.
local function count(self, counter, limit, facts, now)
  local amount = amount_of(limit, facts)
  if amount == 0 then return true end
  local value, reason = raise(self, counter, amount, limit.window, now)
  if not value then return nil, nil, reason end
  if counter.before + value <= limit.most then return true end
  self.dict:incr(counter.starts[0] .. counter.name, -amount)
  return nil, full(self, limit, facts, counter.slot, counter.before + value - amount)
end

local function uncount(self, limit, facts, now)
  local amount = amount_of(limit, facts)
  if amount ~= 0 then self.dict:incr(key_at(limit, facts, floor(now / limit.window.width)), -amount) end
end

local function undo(self, limits, facts, last, now)
  for j = 1, last do uncount(self, limits[j], facts, now) end
end

-- Are all slots still the ones at hand?
local function is_present(self, limits)
  local later = self.clock()
  for j = 1, #limits do
    if floor(later / limits[j].window.width) ~= self.counters[j].slot then return false end
  end
  return true
end

-- Counts a message in the limits from one on; in all, or none.
local function count_all(self, limits, facts, now, from)
  local limit = limits[from]
  if not limit then return true end
  local ok, failed, reason = count(self, self.counters[from], limit, facts, now)
  if ok then return count_all(self, limits, facts, now, from + 1) end
  undo(self, limits, facts, from - 1, now)
  return nil, failed, reason
end

-- Counts a message in all limits; false: the clock came to a next slot meanwhile.
local function try(self, limits, facts)
  local now = self.clock()
  local none = find_full(self, limits, facts, now, 1)
  if none then return nil, none end
  local ok, failed, reason = count_all(self, limits, facts, now, 1)
  if not ok then return nil, failed, reason end
  facts.taken = now
  if is_present(self, limits) then return true end
  undo(self, limits, facts, #limits, now)
  return false
end

local function take_one(self, limits, facts)
  for _ = 1, TRIES_MAX do
    local ok, failed, reason = try(self, limits, facts)
    if ok ~= false then return ok, failed, reason end
  end
  return nil, nil, "this machine is too slow for the windows of the limits"
end

function Shared:take(limits, list)
  for i = 1, #list do
    local ok, failed, reason = take_one(self, limits, list[i])
    if not ok then
      for k = 1, i - 1 do undo(self, limits, list[k], #limits, list[k].taken) end
      if failed then failed.index = i end
      return nil, failed, reason
    end
  end
  return true
end

function Shared:give_back(limits, list)
  for i = 1, #list do undo(self, limits, list[i], #limits, list[i].taken) end
end

function Shared:add(limits, facts)
  local now, counter, failure = self.clock(), {}, nil
  for _, limit in ipairs(limits) do
    local amount, value, reason = amount_of(limit, facts), 0, nil
    if amount ~= 0 then
      look_at(self, counter, limit, facts, floor(now / limit.window.width), amount)
      value, reason = raise(self, counter, amount, limit.window, now)
    end
    if not value then failure = reason end
  end
  return failure
end

function Shared:look(limits, facts)
  local found, now, counter = {}, self.clock(), {}
  for i, limit in ipairs(limits) do
    local slot = floor(now / limit.window.width)
    look_at(self, counter, limit, facts, slot, limit.most)
    local used = counter.before + (counter.present or 0)
    found[i] = { used = used }
    if used >= limit.most then
      found[i].retry_after = seconds_until(self, limit, facts, slot, used + 1 - limit.most)
    end
  end
  return found
end

function Shared:pause(name, reason, seconds)
  local value = ("%s %s"):format(numbers.write(self.clock() + seconds), reason)
  local ok, why = self.dict:safe_set(MARK .. name, value, MARK_SECONDS)
  return not ok and (why == "no memory" and FULL or why) or nil
end

function Shared:resume(name)
  self.dict:delete(MARK .. name)
end

local function mark_of(value)
  local ends, reason = value:match("^([^ ]+) (.*)$")
  return ends and { reason = reason, ends = numbers.read(ends), text = ends }
end

-- Of all messages that could try after a pause one does.
local function is_first(self, name, mark, seconds)
  return self.dict:safe_add(PROBE .. name .. "@" .. mark.text, true, seconds)
end

function Shared:probe(marks, seconds)
  local now, probed = nil, nil
  for i = 1, #marks do
    local name = marks[i]
    local value = self.dict:get(MARK .. name)
    local mark = value and mark_of(value)
    if mark then
      now = now or self.clock()
      if now < mark.ends then return nil, mark, mark.ends - now end
      if not is_first(self, name, mark, seconds) then return nil, mark, seconds end
      self:pause(name, mark.reason, seconds)
      probed = mark
    end
  end
  return true, probed
end

function Shared:tally(breaker, prefix, failed)
  local facts, name = breaker.facts(prefix, failed), "prefix:" .. prefix
  local reason = self:add(breaker.limits, facts)
  if not failed then return self:resume(name) or reason end
  local found = self:look(breaker.limits, facts)
  if breaker:is_above(found[1].used, found[2].used) then
    reason = self:pause(name, breaker:reason(), breaker.seconds) or reason
  end
  return reason
end

function Shared:marks()
  local found, now = {}, self.clock()
  for _, key in ipairs(self.dict:get_keys(KEYS_MAX)) do
    local name = key:sub(1, #MARK) == MARK and key:sub(#MARK + 1)
    local value = name and self.dict:get(key)
    local mark = value and mark_of(value)
    if mark then found[name] = { reason = mark.reason, retry_after = math.max(0, mark.ends - now) } end
  end
  return found
end

local function begins_with(key, start)
  return key:sub(1, #start) == start
end

function Shared:reset(family)
  for _, key in ipairs(self.dict:get_keys(KEYS_MAX)) do
    local is_mark = begins_with(key, MARK) or begins_with(key, PROBE)
    local is_counter = begins_with(key, family and KEY .. family .. ":" or KEY)
    if is_counter or is_mark and (not family or family == "breaker") then self.dict:delete(key) end
  end
end

--- Is the value an ngx.shared dict?
---@param value any
---@return boolean
function M.is_dict(value)
  return type(value) == "table" and type(value.safe_add) == "function" and type(value.incr) == "function"
end

---@param dict table ngx.shared's
---@param clock nil|fun(): number seconds; for specs
---@return vertexsms.guard.Shared
function M.new(dict, clock)
  return setmetatable({ dict = dict, clock = clock or core.now, swept = 0, starts = {}, counters = {} }, Shared)
end

return M

