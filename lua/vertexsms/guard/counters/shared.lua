--- Counters in an ngx.shared dict, which all workers of nginx see and a reload leaves alone.
--
-- A slot of a counter is one key, made with safe_add and raised with incr: incr with an init value would evict other
-- counters of a full dict, and a stranger's rotating numbers would evict the budget. A dict that is full refuses.
--
-- Nothing is locked. A worker counts first, and looks at the clock afterwards: when the slot is still the one at hand,
-- every other one has seen it that counts in a later slot, and the slots before are complete. What is too much is taken
-- back. So two workers at the limit may both be refused, and never pass both.
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
local floor = math.floor

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
local function store(self, method, key, value, seconds, now)
  local ok, reason = self.dict[method](self.dict, key, value, seconds)
  if not ok and reason == "no memory" and sweep(self, now) then
    ok, reason = self.dict[method](self.dict, key, value, seconds)
  end
  if ok or reason == "exists" then return true end
  return nil, reason == "no memory" and FULL or reason
end

-- Makes a slot.
local function create(self, starts, name, window, now)
  local seconds = 2 * window.seconds + 1
  local ok, reason = store(self, "safe_set", starts.any .. name, starts.slot, seconds, now)
  if not ok then return nil, reason end
  return store(self, "safe_add", starts[0] .. name, 0, seconds, now)
end

-- Raises the slot at hand; makes it where it is not there yet.
local function raise(self, starts, name, amount, window, now)
  local dict, key = self.dict, starts[0] .. name
  local value, reason = dict:incr(key, amount)
  if value then return value end
  if reason ~= "not found" then return nil, reason end
  local ok
  ok, reason = create(self, starts, name, window, now)
  if not ok then return nil, reason end
  value, reason = dict:incr(key, amount)
  return value, reason
end

-- Most numbers are new: one key says whether any slot of a counter was made. It is there before they are, and expires
-- after them.
local function used_before(dict, starts, name)
  local sum = 0
  if not dict:get(starts.any .. name) then return 0 end
  for i = 1, SLOTS do
    local value = dict:get(starts[i] .. name)
    if value then sum = sum + value end
  end
  return sum
end

local function amount_of(limit, facts)
  return limit.amount and facts[limit.amount] or 1
end

local function uncount(self, limit, facts, now)
  local amount = amount_of(limit, facts)
  if amount ~= 0 then self.dict:incr(key_at(limit, facts, floor(now / limit.window.width)), -amount) end
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

-- What was counted before the slot at hand only becomes less, so where one counter is for all it is read once for each
-- slot; before it refuses, it is read again.
local function before_all(self, starts, name, present, room)
  if starts.before and starts.before + present <= room then return starts.before end
  starts.before = used_before(self.dict, starts, name)
  return starts.before
end

-- Looked at first, so that what is refused leaves no keys behind. Returns what has no room; `before` gets what was
-- counted in the slots before.
local function find_full(self, limits, facts, now, before)
  for j = 1, #limits do
    local limit, amount = limits[j], amount_of(limits[j], facts)
    if amount > 0 then
      local slot, name = floor(now / limit.window.width), name_of(limit, facts)
      local starts = starts_of(self, limit, slot)
      local present = self.dict:get(starts[0] .. name) or 0
      before[j] = limit.key and used_before(self.dict, starts, name)
        or before_all(self, starts, name, present, limit.most - amount)
      if before[j] + present + amount > limit.most then return full(self, limit, facts, slot, before[j] + present) end
    end
  end
end

-- Counts a message in one limit.
local function count(self, limit, facts, now, before)
  local window, amount = limit.window, amount_of(limit, facts)
  if amount == 0 then return true end
  local slot = floor(now / window.width)
  local starts, name = starts_of(self, limit, slot), name_of(limit, facts)
  local value, reason = raise(self, starts, name, amount, window, now)
  if not value then return nil, nil, reason end
  if before + value <= limit.most then return true end
  self.dict:incr(starts[0] .. name, -amount)
  return nil, full(self, limit, facts, slot, before + value - amount)
end

local function undo(self, limits, facts, last, now)
  for j = 1, last do uncount(self, limits[j], facts, now) end
end

-- Are all slots still the ones at hand?
local function is_present(self, limits, now)
  local later = self.clock()
  for j = 1, #limits do
    local width = limits[j].window.width
    if floor(later / width) ~= floor(now / width) then return false end
  end
  return true
end

-- Counts a message in all limits; false: the clock came to a next slot meanwhile.
local function try(self, limits, facts)
  local now, before = self.clock(), {}
  local none = find_full(self, limits, facts, now, before)
  if none then return nil, none end
  for j = 1, #limits do
    local ok, failed, reason = count(self, limits[j], facts, now, before[j])
    if not ok then
      undo(self, limits, facts, j - 1, now)
      return nil, failed, reason
    end
  end
  facts.taken = now
  if is_present(self, limits, now) then return true end
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
  local now, failure = self.clock(), nil
  for _, limit in ipairs(limits) do
    local amount = amount_of(limit, facts)
    local starts = starts_of(self, limit, floor(now / limit.window.width))
    local value, reason = 0, nil
    if amount ~= 0 then value, reason = raise(self, starts, name_of(limit, facts), amount, limit.window, now) end
    if not value then failure = reason end
  end
  return failure
end

function Shared:look(limits, facts)
  local found, now = {}, self.clock()
  for i, limit in ipairs(limits) do
    local slot, name = floor(now / limit.window.width), name_of(limit, facts)
    local starts = starts_of(self, limit, slot)
    local used = used_before(self.dict, starts, name) + (self.dict:get(starts[0] .. name) or 0)
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

function Shared:reset(kind)
  for _, key in ipairs(self.dict:get_keys(KEYS_MAX)) do
    local is_mark = begins_with(key, MARK) or begins_with(key, PROBE)
    local is_counter = begins_with(key, kind and KEY .. kind .. ":" or KEY)
    if is_counter or is_mark and (not kind or kind == "breaker") then self.dict:delete(key) end
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
  return setmetatable({ dict = dict, clock = clock or core.now, swept = 0, starts = {} }, Shared)
end

return M

