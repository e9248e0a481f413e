--- The statements by which a guard counts in a database, SQLite or PostgreSQL.
--
-- Each step that counts changes the row of the clock first. In PostgreSQL that row is the lock: what comes after it
-- sees what others have counted. The clock goes on with that of the machine, and stands still where that one goes back.
--
-- Tested in spec/guard/counters/store_spec.lua.

local limits = require("vertexsms.guard.limits")
local steps = require("vertexsms.store.step")
local windows = require("vertexsms.guard.counters.window")

local M = {}

-- Milliseconds since 1970.
local NOW = {
  sqlite = "cast((julianday('now') - 2440587.5) * 86400000 as bigint)",
  postgresql = "cast(floor(extract(epoch from clock_timestamp()) * 1000) as bigint)",
}

local LOGICAL = "(select logical from vertexsms_guard_clock where id = 1)"

local SCHEMA = {
  [[create table if not exists vertexsms_guard (name text not null, slot bigint not null, used bigint not null,
    ends bigint not null, primary key (name, slot))]],
  "create index if not exists vertexsms_guard_ends on vertexsms_guard (ends)",
  [[create table if not exists vertexsms_guard_clock (id integer primary key, wall bigint not null,
    logical bigint not null)]],
  [[create table if not exists vertexsms_guard_mark (name text primary key, reason text not null,
    ends bigint not null)]],
}

local TICK = [[insert into vertexsms_guard_clock (id, wall, logical) values (1, {now}, {now})
  on conflict (id) do update set wall = excluded.wall, logical = vertexsms_guard_clock.logical
    + case when excluded.wall > vertexsms_guard_clock.wall then excluded.wall - vertexsms_guard_clock.wall else 0 end
  returning logical]]

local READ_CLOCK = [[select logical + case when {now} > wall then {now} - wall else 0 end as logical
  from vertexsms_guard_clock where id = 1]]

-- $1 name, $2 width of a slot, $3 amount, $4 limit.
local COUNT = [[insert into vertexsms_guard (name, slot, used, ends)
  select cast($1 as text), c.logical / cast($2 as bigint), cast($3 as bigint),
    (c.logical / cast($2 as bigint) + {counted}) * cast($2 as bigint)
  from vertexsms_guard_clock c where c.id = 1 {condition}
  on conflict (name, slot) do update set used = vertexsms_guard.used + excluded.used]]

local HAS_ROOM = [[and coalesce((select sum(g.used) from vertexsms_guard g
  where g.name = cast($1 as text) and g.slot > c.logical / cast($2 as bigint) - {counted}), 0)
  + cast($3 as bigint) <= cast($4 as bigint)]]

local UNCOUNT = [[update vertexsms_guard set used = used - cast($3 as bigint)
  where name = cast($1 as text) and slot = cast($2 as bigint)]]

local UNCOUNT_LAST = [[update vertexsms_guard set used = used - cast($2 as bigint) where name = cast($1 as text)
  and slot = (select max(slot) from vertexsms_guard where name = cast($1 as text))]]

local SLOTS_OF = "select slot, used from vertexsms_guard where name = cast($1 as text)"

local OVER = [[delete from vertexsms_guard where (name, slot) in
  (select name, slot from vertexsms_guard where ends < ]] .. LOGICAL .. [[ limit 500)]]

-- $1 to $3 names.
local IS_OPEN = [[select 1 as ok from vertexsms_guard_clock c where c.id = 1 and not exists
  (select 1 from vertexsms_guard_mark m where m.name in ($1, $2, $3) and m.ends > c.logical)]]

local PROBE = "update vertexsms_guard_mark set ends = " .. LOGICAL .. [[ + cast($4 as bigint)
  where name in ($1, $2, $3)]]

-- $1 name, $2 reason, $3 milliseconds.
local PAUSE = [[insert into vertexsms_guard_mark (name, reason, ends)
  select cast($1 as text), cast($2 as text), c.logical + cast($3 as bigint) from vertexsms_guard_clock c
  where c.id = 1 {condition}
  on conflict (name) do update set reason = excluded.reason, ends = excluded.ends]]

-- $4 all reports, $5 those undelivered, $6 width, $7 the least, $8 share in thousandths.
local function sum_of(parameter)
  return "coalesce((select sum(used) from vertexsms_guard where name = cast($" .. parameter .. " as text)"
    .. " and slot > " .. LOGICAL .. " / cast($6 as bigint) - {counted}), 0)"
end
local IS_ABOVE = ("and {all} >= cast($7 as bigint) and {failed} * 1000 > {all} * cast($8 as bigint)")
  :gsub("{all}", (sum_of(4))):gsub("{failed}", (sum_of(5)))

local RESUME = "delete from vertexsms_guard_mark where name = cast($1 as text)"

local function fill(sql, dialect, condition)
  local whole = sql:gsub("{condition}", function() return condition or "" end)
  return (whole:gsub("{now}", NOW[dialect]):gsub("{counted}", windows.COUNTED))
end

---@class vertexsms.guard.Sql
local Sql = {}
Sql.__index = Sql

local function ms(seconds)
  return math.floor(seconds * 1000 + 0.5)
end

--- The tables; to be made once.
---@return table[] statements
function Sql:schema()
  local list = {}
  if self.dialect == "postgresql" then list[1] = { sql = steps.LOCK_TABLES } end
  for _, sql in ipairs(SCHEMA) do list[#list + 1] = { sql = sql } end
  return list
end

--- The clock goes on. First in every step that counts.
function Sql:tick()
  return { sql = self.texts.tick }
end

--- The clock, in a step that only reads.
function Sql:clock()
  return { sql = self.texts.clock }
end

--- Counts, where there is room.
function Sql:count(name, window, amount, most, must)
  return steps.statement(self.texts.count, must, name, window.width_ms, amount, most)
end

--- Counts, whatever the limit.
function Sql:add(name, window, amount)
  return steps.statement(self.texts.add, nil, name, window.width_ms, amount)
end

--- Takes back what was counted at a time.
---@param taken number seconds, on the clock of the counters
function Sql.uncount(name, window, amount, taken)
  return steps.statement(UNCOUNT, nil, name, math.floor(taken * 1000 / window.width_ms + 1e-6), amount)
end

--- Takes back what was counted a moment ago, it is not known when.
function Sql.uncount_last(name, amount)
  return steps.statement(UNCOUNT_LAST, nil, name, amount)
end

function Sql.slots(name)
  return steps.statement(SLOTS_OF, nil, name)
end

--- Forgets some of what is over.
function Sql.clean()
  return { sql = OVER }
end

--- Two statements: nothing pauses a message, and where a pause is over this one tries.
---@param names string[] two or three
---@param seconds number
---@param must string
function Sql.probe(names, seconds, must)
  return steps.statement(IS_OPEN, must, names[1], names[2], names[3] or ""),
    steps.statement(PROBE, nil, names[1], names[2], names[3] or "", ms(seconds))
end

function Sql:pause(name, reason, seconds)
  return steps.statement(self.texts.pause, nil, name, reason, ms(seconds))
end

function Sql.resume(name)
  return steps.statement(RESUME, nil, name)
end

--- What a report of a prefix changes.
---@param breaker vertexsms.guard.Breaker
---@param prefix string
---@param failed boolean
---@return table[] statements
function Sql:tally(breaker, prefix, failed)
  local facts, all, bad = breaker.facts(prefix, failed), breaker.limits[1], breaker.limits[2]
  local mark = "prefix:" .. prefix
  local list = { self:tick(), self:add(limits.name(all, facts), all.window, 1) }
  if not failed then
    list[3] = self.resume(mark)
    return list
  end
  list[3] = self:add(limits.name(bad, facts), bad.window, 1)
  list[4] = steps.statement(self.texts.pause_above, nil, mark, breaker:reason(), ms(breaker.seconds),
    limits.name(all, facts), limits.name(bad, facts), all.window.width_ms, breaker.least,
    math.floor(breaker.undelivered * 1000 + 0.5))
  return list
end

function Sql.marks()
  return { sql = "select name, reason, ends from vertexsms_guard_mark" }
end

--- Forgets counters whose names begin like this, or all.
---@param family string|nil
---@return table[] statements
function Sql.reset(family)
  local list = {}
  if not family or family == "breaker" then list[1] = { sql = "delete from vertexsms_guard_mark" } end
  if not family then
    list[#list + 1] = { sql = "delete from vertexsms_guard" }
  else
    local start = family .. ":"
    local sql = "delete from vertexsms_guard where substr(name, 1, cast($2 as integer)) = $1"
    list[#list + 1] = steps.statement(sql, nil, start, #start)
  end
  return list
end

---@param dialect "sqlite"|"postgresql"
---@return vertexsms.guard.Sql
function M.new(dialect)
  return setmetatable({ dialect = dialect, texts = {
    tick = fill(TICK, dialect), clock = fill(READ_CLOCK, dialect), count = fill(COUNT, dialect, HAS_ROOM),
    add = fill(COUNT, dialect), pause = fill(PAUSE, dialect), pause_above = fill(PAUSE, dialect, IS_ABOVE),
  } }, Sql)
end

return M
