-- Random steps of everything that changes an outbox, beside a model of it that is a table. After each step both must be
-- in the same states, and no state may have been entered in a way that the drawing of docs/outbox.md does not have.
--
-- Of all modules of the outbox that change a state.

local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local claims = require("vertexsms.outbox.claims")
local outboxes = require("spec.support.outboxes")
local settling = require("vertexsms.outbox.settling")
local states = require("vertexsms.outbox.states")

local STEPS = 250

teardown(outboxes.remove)

local function generator(seed)
  local state = seed
  return function(most)
    state = (state * 16807) % 2147483647
    return state % most + 1
  end
end

local function new_worker(outbox, name)
  return { outbox = outbox, name = name, lease = 60, claim_number = 0, doubtful = {}, trouble = 0, lost = 0,
    in_hand = 0, has_due = true, look_at = 0, open = {},
    totals = setmetatable({ taken = 0 }, { __index = function() return 0 end }) }
end

local Model = {}
Model.__index = Model

local function new(seed)
  local outbox = outboxes.open()
  local model = setmetatable({
    outbox = outbox, random = generator(seed), rows = {}, taken = {}, lines = 0,
    workers = { new_worker(outbox, "a"), new_worker(outbox, "b") },
    handler = callback.handler({ outbox = outbox, on_event = function() end }),
  }, Model)
  return model
end

function Model:enter(id, state)
  local row = self.rows[id]
  if row.state == state then return end
  assert(states.may_change(row.state, state), row.state .. " to " .. state)
  row.state, self.lines = state, self.lines + 1
end

function Model:any()
  return #self.rows > 0 and self.random(#self.rows) or nil
end

local RANKS = { high = 1, normal = 2, low = 3 }
local NAMES = { "high", "normal", "low" }

local steps = {}

function steps.add(self)
  local priority = NAMES[self.random(3)]
  local added = assert(self.outbox:add(outboxes.message({ priority = priority })))
  assert(added.id == #self.rows + 1)
  self.rows[added.id] = { state = "queued", attempts = 0, rank = RANKS[priority] }
end

local function queue_of(self)
  local queue = {}
  for id, row in ipairs(self.rows) do
    if row.state == "queued" then queue[#queue + 1] = id end
  end
  table.sort(queue, function(a, b)
    local first, second = self.rows[a], self.rows[b]
    if first.rank ~= second.rank then return first.rank < second.rank end
    return a < b
  end)
  return queue
end

function steps.claim(self)
  local worker, room, step = self.workers[self.random(2)], self.random(3), {}
  local claim = claims.append(step, worker, room, true)
  local rows = claims.read(worker, claim, assert(self.outbox:perform(step)), 0)
  local wanted, found = {}, {}
  for i, id in ipairs(queue_of(self)) do
    if i <= room then wanted[i] = id end
  end
  for i, row in ipairs(rows) do
    found[i] = row.id
    assert.are_not.equal(self.rows[row.id].earlier, row.tracking_id)
    self.rows[row.id].attempts, self.rows[row.id].tracking_id = row.attempts, row.tracking_id
    self:enter(row.id, "sending")
    self.taken[#self.taken + 1] = {
      id = row.id, attempts = row.attempts, tracking_id = row.tracking_id, worker = worker,
    }
  end
  table.sort(wanted)
  table.sort(found)
  assert.same(wanted, found)
end

local OPEN = { sending = true, unknown = true, unconfirmed = true }
local UNSENT = { queued = true, cancelled = true, lapsed = true, failed = true, rejected = true }

-- An attempt was accepted that a person has taken for lost.
function Model:accept_earlier(id, tracking_id)
  local row = self.rows[id]
  if row.earlier ~= tracking_id then return end
  if row.tracking_id ~= tracking_id and (OPEN[row.state] or UNSENT[row.state]) then
    self:enter(id, "accepted")
    row.tracking_id, row.earlier = tracking_id, row.tracking_id
    return
  end
  if row.tracking_id ~= tracking_id then self.lines = self.lines + 1 end
  row.earlier = nil
end

local VERDICTS = { "accepted", "rejected", "unknown", "queued", "failed", "lapsed" }

-- Of any attempt there ever was: what comes late, or twice, must change nothing, unless it knows better.
function steps.settle(self)
  if #self.taken == 0 then return end
  local taken = self.taken[self.random(#self.taken)]
  local row, verdict = self.rows[taken.id], VERDICTS[self.random(#VERDICTS)]
  local worker, open = taken.worker, { { row = taken, verdict = {
    state = verdict, reason = "why", expires = 60, vertexsms_id = "1",
  } } }
  while #open > 0 do
    local step = {}
    settling.append(step, worker, open)
    settling.done(worker, open, assert(self.outbox:perform(step)))
    open, worker.open = worker.open, {}
  end
  if row.attempts ~= taken.attempts then
    if verdict == "accepted" then self:accept_earlier(taken.id, taken.tracking_id) end
    return
  end
  local is_open = row.state == "sending" or row.state == "unknown"
  local is_accepted = verdict == "accepted" and (OPEN[row.state] or UNSENT[row.state])
  if is_open or is_accepted then self:enter(taken.id, verdict) end
end

local REPORTS = { [1] = "delivered", [2] = "undelivered", [3] = "seen", [16] = "expired" }
local STATUSES = { 1, 2, 3, 16 }

-- Of the last attempt, or of that before a resend.
function steps.report(self)
  local id = self:any()
  local row = id and self.rows[id]
  local tracking_id = row and (self.random(2) == 1 and row.earlier or row.tracking_id)
  if not tracking_id then return end
  local status = STATUSES[self.random(4)]
  self.number = (self.number or 0) + 1
  local body = ('{"id":"%d","status":%d}'):format(self.number, status)
  assert.equal(200, (calls.post(self.handler, body, nil, "/?track=" .. tracking_id)))
  local is_last = tracking_id == row.tracking_id
  if is_last and (OPEN[row.state] or UNSENT[row.state]) then
    self:enter(id, "accepted")
  elseif not is_last then
    self:accept_earlier(id, tracking_id)
  end
  if tracking_id ~= row.tracking_id then return end
  if states.may_change(row.state, REPORTS[status]) and (row.state == "accepted" or states.reported[row.state]) then
    self:enter(id, REPORTS[status])
  elseif is_last and row.earlier == tracking_id and row.state ~= "accepted" then
    row.earlier = nil
  end
end

function steps.lease(self)
  local id = self:any()
  if not id or self.rows[id].state ~= "sending" then return end
  assert(outboxes.query(self.outbox, "UPDATE vertexsms_outbox SET lease_until = 1 WHERE id = $1", id))
  outboxes.sweep(self.outbox)
  self:enter(id, "unknown")
end

function steps.expire(self)
  local id = self:any()
  if not id or self.rows[id].state ~= "unknown" then return end
  assert(outboxes.query(self.outbox, "UPDATE vertexsms_outbox SET expires_at = 1 WHERE id = $1", id))
  outboxes.sweep(self.outbox)
  self:enter(id, "unconfirmed")
end

function steps.lapse(self)
  local id = self:any()
  if not id or self.rows[id].state ~= "queued" then return end
  assert(outboxes.query(self.outbox, "UPDATE vertexsms_outbox SET send_before = 1 WHERE id = $1", id))
  outboxes.sweep(self.outbox)
  self:enter(id, "lapsed")
end

local function decide(self, state, allowed, act)
  local id = self:any()
  if not id then return end
  local row, err = act(id)
  if allowed[self.rows[id].state] then
    assert(row, tostring(err))
    self:enter(id, state)
    return id
  end
  assert.same({ nil, "conflict" }, { row, err.kind })
end

function steps.cancel(self)
  decide(self, "cancelled", { queued = true }, function(id) return self.outbox:cancel(id, "anna") end)
end

function steps.drop(self)
  decide(self, "unconfirmed", { unknown = true }, function(id) return self.outbox:resolve(id, "drop", "anna") end)
end

function steps.resend(self)
  local id = decide(self, "queued", { unknown = true, unconfirmed = true }, function(id)
    return self.outbox:resolve(id, "resend", "anna")
  end)
  if id then self.rows[id].earlier = self.rows[id].tracking_id end
end

-- Each so often.
local DECK = {
  "add", "add", "add", "claim", "claim", "claim", "settle", "settle", "settle", "settle", "report", "report", "lease",
  "expire", "lapse", "cancel", "drop", "resend",
}

function Model:compare()
  for id, row in ipairs(assert(self.outbox:list({ limit = 1000 }))) do
    assert.equal(self.rows[id].state, row.state, "message " .. id)
    assert.equal(states.final[row.state] or false, row.finished_at ~= nil, row.state)
    assert.equal(row.state == "sending", row.worker ~= nil, row.state)
  end
  local count = assert(outboxes.query(self.outbox, "SELECT count(*) AS n FROM vertexsms_outbox_history"))[1].n
  assert.equal(self.lines, count)
end

describe("the outbox and its model", function()
  for _, seed in ipairs({ 1, 20260101 }) do
    it(("are in the same states after %d random steps from the seed %d"):format(STEPS, seed), function()
      local model = new(seed)
      for _ = 1, STEPS do
        steps[DECK[model.random(#DECK)]](model)
        model:compare()
      end
      model.outbox:close()
    end)
  end
end)
