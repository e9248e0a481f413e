-- How the database finds what a statement is about: by an index, however many messages there are.

local outboxes = require("spec.support.outboxes")
local statements = require("vertexsms.outbox.statements")

local sql = statements.of("sqlite")
local outbox

setup(function() outbox = outboxes.open() end)
teardown(function()
  outbox:close()
  outboxes.remove()
end)

-- What may look at every row: once in a while, for people. `counts` reads one index.
local MAY_SCAN = { counts = true, oldest = true }

local function plan_of(text)
  local count = 0
  for number in text:gmatch("%$(%d+)") do count = math.max(count, tonumber(number)) end
  local step = { { sql = "EXPLAIN QUERY PLAN " .. text, params = { n = count } } }
  return assert(outbox.store:perform(step))[1].rows
end

-- Those that read one index of all messages in a state: in the hands of workers are few, and of the others only the
-- first are read.
local MAY_READ_STATE = {
  spend = true, workers = true, shorten_leases = true, end_leases = true, unclaim = true, renew = true,
  is_waiting = true, old = true, oldest = true, counts = true, list_of_state = true,
}

local function reads_state(text)
  for _, row in ipairs(plan_of(text)) do
    local detail = row.detail
    if detail:find("vertexsms_outbox_states %(state=%?%)") then return detail end
  end
end

-- The lines of the plan that read a whole table or a whole index.
local function scans(text)
  local rows = plan_of(text)
  local found = {}
  for _, row in ipairs(rows) do
    local detail = row.detail
    local is_of_messages = detail:find("SCAN T?A?B?L?E? ?vertexsms_outbox") and not detail:find("settings", 1, true)
    if is_of_messages then found[#found + 1] = detail end
  end
  return found
end

-- These read a whole index, which holds nothing but what is in the workers' hands.
local function is_small(detail)
  return detail:find("USING [%a ]*INDEX vertexsms_outbox_workers") ~= nil
end

describe("the plan of", function()
  for name, text in pairs(sql) do
    if not MAY_SCAN[name] and not name:find("^list") then
      it(name .. " reads no whole table", function()
        for _, detail in ipairs(scans(text)) do assert.is_true(is_small(detail), detail) end
        if not MAY_READ_STATE[name] then assert.is_nil(reads_state(text)) end
      end)
    end
  end

  it("a claim reads the beginning of the queue's index", function()
    local rows = plan_of(sql.claim)
    local count = 0
    for _, row in ipairs(rows) do
      local is_search = row.detail:find("SEARCH vertexsms_outbox USING [%a ]*INDEX vertexsms_outbox_queue %(priority=")
      if is_search then count = count + 1 end
    end
    assert.equal(6, count)
  end)

  -- What SQLite would have to undo it notes down at each row; for the rows of RETURNING, and the words of a long IN, it
  -- makes a table. Each costs as much as the row.
  it("an add has nothing to undo, and makes no table", function()
    local ABORT = 2 -- OE_Abort: what is done by a statement that fails is undone
    local step = { { sql = "EXPLAIN " .. sql.add, params = { n = 13 } } }
    for _, row in ipairs(assert(outbox.store:perform(step))[1].rows) do
      assert.is_nil(row.opcode:find("Function") or row.opcode:find("PureFunc") or row.opcode:find("OpenEphemeral"))
      local may_fail = row.opcode:find("^Halt") and row.p1 ~= 0
      assert.is_false(may_fail and row.p2 == ABORT or false)
    end
  end)
end)
