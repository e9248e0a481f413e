--- Counters in this process's memory.
--
-- All stores of counters have the methods of this one. Those that others see may take time and fail: they return a
-- reason, and wait the way of the host that they are given.

local core = require("vertexsms.base.core")
local windows = require("vertexsms.guard.counters.window")

local M = {}

--- Why sending pauses, see breaker.lua.
---@class vertexsms.guard.Mark
---@field reason string
---@field ends number on the clock of the counters; after it one message in a while may try

--- What refuses a message: the limit, the message that has no room in it, what is used, and seconds until there is
-- room.
---@class vertexsms.guard.Full
---@field limit vertexsms.guard.Limit
---@field facts vertexsms.guard.Facts
---@field used integer
---@field retry_after number|nil nil: never
---@field index integer of the message

---@class vertexsms.guard.Counters
---@field may_wait boolean|nil true: its methods wait the host's way
---@field take fun(self, limits: vertexsms.guard.Limit[], list: vertexsms.guard.Facts[], host: any): true|nil,
---  vertexsms.guard.Full|nil, string|nil counts all messages in all limits, or nothing; a text says why it could not
---@field give_back fun(self, limits: vertexsms.guard.Limit[], list: vertexsms.guard.Facts[], host: any): string|nil
---@field add fun(self, limits: vertexsms.guard.Limit[], facts: vertexsms.guard.Facts, host: any): string|nil counts,
---  whatever the limit
---@field look fun(self, limits: vertexsms.guard.Limit[], facts: vertexsms.guard.Facts, host: any):
---  { used: integer, retry_after: number|nil }[]|nil, string|nil
---@field pause fun(self, name: string, reason: string, seconds: number, host: any): string|nil sets a mark
---@field resume fun(self, name: string, host: any): string|nil takes a mark away
---@field probe fun(self, names: string[], seconds: number, host: any): true|nil, vertexsms.guard.Mark|nil, any lets
---  pass what no mark stops, and one message in that many seconds where the time of a mark is over: then with the mark
---@field tally fun(self, breaker: vertexsms.guard.Breaker, prefix: string, failed: boolean, host: any): string|nil
---  counts a report of a prefix, and pauses the prefix where too many were not delivered
---@field marks fun(self, host: any): table<string, { reason: string, retry_after: number }>|nil, string|nil
---@field reset fun(self, family: string|nil, host: any): string|nil forgets the counters of one family, or all; marks
---  with all, or as the family `breaker`

-- Rotating numbers would fill the memory: a limit that has that many counters refuses, as a full ngx.shared dict does.
local ENTRIES_MAX, MARKS_MAX = 200000, 10000

local SLOTS, COUNTED = windows.SLOTS, windows.COUNTED
local floor = math.floor

---@class vertexsms.guard.Process: vertexsms.guard.Counters
local Process = {}
Process.__index = Process

-- The counters of one limit.
local function shelf_of(self, limit)
  local shelf = { entries = {}, names = {}, count = 0, cursor = 0, width = limit.window.width }
  self.shelves[limit.prefix] = shelf
  return shelf
end

-- For each counter that comes two are looked at, and go when their time is over.
local function forget_some(shelf, slot)
  for _ = 1, 2 do
    local names, count = shelf.names, shelf.count
    if count == 0 then return end
    local place = shelf.cursor % count + 1
    shelf.cursor = place
    local name = names[place]
    if slot - shelf.entries[name].newest > SLOTS then
      shelf.entries[name] = nil
      names[place] = names[count]
      names[count] = nil
      shelf.count = count - 1
    end
  end
end

-- An entry's slots stand at 1 to COUNTED, `slot % COUNTED + 1`.
local function new_entry(self, shelf, name, slot)
  forget_some(shelf, slot)
  if shelf.count >= self.entries_max then return nil end
  local entry = { 0, 0, 0, 0, 0, 0, 0, 0, 0, sum = 0, newest = slot }
  shelf.count = shelf.count + 1
  shelf.names[shelf.count] = name
  shelf.entries[name] = entry
  return entry
end

local function advance(entry, slot)
  local newest = entry.newest
  for i = newest + 1, slot - newest > SLOTS and newest + COUNTED or slot do
    local place = i % COUNTED + 1
    entry.sum = entry.sum - entry[place]
    entry[place] = 0
  end
  entry.newest = slot
end

-- The entry of a message, with the slot at hand; nil where nothing was counted for it yet.
local function entry_of(self, limit, facts, now)
  local shelf = self.shelves[limit.prefix] or shelf_of(self, limit)
  local key = limit.key
  local entry = shelf.entries[key and facts[key] or ""]
  if not entry then return nil end
  local slot = floor(now / shelf.width)
  if slot > entry.newest then advance(entry, slot) end
  return entry
end

-- One that is new, where there is room for it.
local function made_entry(self, limit, facts, now)
  local shelf, key = self.shelves[limit.prefix], limit.key
  return new_entry(self, shelf, key and facts[key] or "", floor(now / shelf.width))
end

local function entry_for(self, limit, facts, now)
  return entry_of(self, limit, facts, now) or made_entry(self, limit, facts, now)
end

local function count(entry, slot, amount)
  local place = slot % COUNTED + 1
  entry[place], entry.sum = entry[place] + amount, entry.sum + amount
end

local function uncount(self, limit, facts)
  local shelf = self.shelves[limit.prefix]
  local entry = shelf and shelf.entries[limit.key and facts[limit.key] or ""]
  local slot = shelf and floor(facts.taken / shelf.width)
  if not entry or entry.newest - slot > SLOTS then return end
  count(entry, slot, -(limit.amount and facts[limit.amount] or 1))
end

local function seconds_until(limit, now, entry, excess)
  local function used_in(slot) return entry[slot % COUNTED + 1] end
  return windows.seconds_until(limit.window, now, entry.newest, used_in, excess)
end

-- What was counted of a list before one of its messages found no room.
local function undo(self, limits, list, index, last)
  for i = 1, index do
    for j = 1, i == index and last or #limits do uncount(self, limits[j], list[i]) end
  end
end

local function full(limit, facts, now, entry, amount)
  local used = entry and entry.sum or 0
  return {
    limit = limit, facts = facts, used = used,
    retry_after = entry and seconds_until(limit, now, entry, used + amount - limit.most),
  }
end

-- Looked at first, so that what is refused leaves no counters behind. Returns what has no room.
local function find_full(self, limits, facts, now, entries)
  for j = 1, #limits do
    local limit = limits[j]
    local entry, amount = entry_of(self, limit, facts, now), limit.amount and facts[limit.amount] or 1
    if amount > 0 and (entry and entry.sum or 0) + amount > limit.most then
      return full(limit, facts, now, entry, amount)
    end
    entries[j] = entry or false
  end
end

local function take_one(self, limits, facts, now)
  local entries = self.found
  local none = find_full(self, limits, facts, now, entries)
  if none then return none end
  facts.taken = now
  for j = 1, #limits do
    local limit = limits[j]
    local entry = entries[j] or made_entry(self, limit, facts, now)
    if not entry then
      undo(self, limits, { facts }, 1, j - 1)
      return nil, ("%d numbers or keys are being counted already"):format(self.entries_max)
    end
    count(entry, entry.newest, limit.amount and facts[limit.amount] or 1)
  end
end

function Process:take(limits, list)
  local now = self.clock()
  for i = 1, #list do
    local none, reason = take_one(self, limits, list[i], now)
    if none or reason then
      undo(self, limits, list, i - 1, #limits)
      if none then none.index = i end
      return nil, none, reason
    end
  end
  return true
end

function Process:give_back(limits, list)
  undo(self, limits, list, #list, #limits)
end

function Process:add(limits, facts)
  local now = self.clock()
  for _, limit in ipairs(limits) do
    local entry = entry_for(self, limit, facts, now)
    if entry then count(entry, entry.newest, limit.amount and facts[limit.amount] or 1) end
  end
end

function Process:look(limits, facts)
  local now, found = self.clock(), {}
  for i, limit in ipairs(limits) do
    local shelf = self.shelves[limit.prefix]
    local entry = shelf and shelf.entries[limit.key and facts[limit.key] or ""]
    local slot = floor(now / limit.window.width)
    if entry and slot > entry.newest then advance(entry, slot) end
    found[i] = { used = entry and entry.sum or 0 }
    if entry and entry.sum >= limit.most then
      found[i].retry_after = seconds_until(limit, now, entry, entry.sum + 1 - limit.most)
    end
  end
  return found
end

function Process:pause(name, reason, seconds)
  if not self.paused[name] then
    if self.paused_count >= MARKS_MAX then return ("%d prefixes are paused"):format(MARKS_MAX) end
    self.paused_count = self.paused_count + 1
  end
  self.paused[name] = { reason = reason, ends = self.clock() + seconds }
end

function Process:resume(name)
  if self.paused[name] then self.paused_count = self.paused_count - 1 end
  self.paused[name] = nil
end

function Process:probe(names, seconds)
  if self.paused_count == 0 then return true end
  local now, probed = self.clock(), nil
  for _, name in ipairs(names) do
    local mark = self.paused[name]
    if mark and now < mark.ends then return nil, mark, mark.ends - now end
  end
  for _, name in ipairs(names) do
    local mark = self.paused[name]
    if mark then mark.ends, probed = now + seconds, mark end
  end
  return true, probed
end

function Process:tally(breaker, prefix, failed)
  local facts, name = breaker.facts(prefix, failed), "prefix:" .. prefix
  self:add(breaker.limits, facts)
  if not failed then return self:resume(name) end
  local found = self:look(breaker.limits, facts)
  if breaker:is_above(found[1].used, found[2].used) then return self:pause(name, breaker:reason(), breaker.seconds) end
end

function Process:marks()
  local found, now = {}, self.clock()
  for name, mark in pairs(self.paused) do
    found[name] = { reason = mark.reason, retry_after = math.max(0, mark.ends - now) }
  end
  return found
end

function Process:reset(family)
  for prefix in pairs(self.shelves) do
    if not family or prefix:sub(1, #family + 1) == family .. ":" then self.shelves[prefix] = nil end
  end
  if not family or family == "breaker" then self.paused, self.paused_count = {}, 0 end
end

---@param options { clock: nil|fun(): number, entries_max: integer|nil }|nil
---@return vertexsms.guard.Process
function M.new(options)
  options = options or {}
  return setmetatable({
    clock = options.clock or core.now, entries_max = options.entries_max or ENTRIES_MAX, shelves = {}, paused = {},
    paused_count = 0, found = {},
  }, Process)
end

return M
