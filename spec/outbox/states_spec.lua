-- The table of transitions, and the triggers that keep it.

local outboxes = require("spec.support.outboxes")
local states = require("vertexsms.outbox.states")

teardown(outboxes.remove)

-- The states on the shortest way from `queued`.
local function way_to(wanted)
  local ways, queue = { queued = {} }, { "queued" }
  for _, from in ipairs(queue) do
    for _, to in ipairs(states.transitions[from] or {}) do
      if not ways[to] then
        ways[to] = {}
        for i, name in ipairs(ways[from]) do ways[to][i] = name end
        table.insert(ways[to], to)
        queue[#queue + 1] = to
      end
    end
  end
  return ways[wanted]
end

local function change(outbox, id, state)
  return outboxes.query(outbox, "UPDATE vertexsms_outbox SET state = $2 WHERE id = $1 RETURNING id", id, state)
end

describe("the table of states", function()
  it("leads to each of them, and from no final one back to the queue but by a person", function()
    for _, name in ipairs(states.names) do
      assert.is_truthy(way_to(name), name)
      assert.is_true(states.known[name])
      if states.final[name] and name ~= "unconfirmed" then assert.is_false(states.may_change(name, "queued"), name) end
    end
    assert.is_false(states.may_change("accepted", "queued"))
    assert.is_false(states.may_change("rejected", "sending"))
  end)

  it("is kept by the database, each pair of it, and each change is a line of history", function()
    local outbox = outboxes.open()
    for _, from in ipairs(states.names) do
      for _, to in ipairs(states.names) do
        local id = assert(outbox:add(outboxes.message())).id
        for _, name in ipairs(way_to(from)) do assert(change(outbox, id, name)) end
        local changed = change(outbox, id, to)
        local is_right = from == to or states.may_change(from, to)
        assert.equal(is_right, changed ~= nil, from .. " to " .. to)
        local row = assert(outbox:get(id))
        assert.equal(is_right and to or from, row.state)
        local lines = #way_to(from) + (is_right and from ~= to and 1 or 0)
        assert.equal(lines, #row.history)
      end
    end
    outbox:close()
  end)

  it("lets no message begin elsewhere than in the queue", function()
    local outbox = outboxes.open()
    local insert = [[INSERT INTO vertexsms_outbox (recipient, sender, message, state)
      VALUES ('37069912345', 'x', 'y', $1)]]
    assert.is_nil((outboxes.query(outbox, insert, "accepted")))
    assert.is_truthy(outboxes.query(outbox, insert, "queued"))
    assert.equal(1, assert(outbox:counts()).total)
    local ways = outbox.store.dialect == "sqlite" and { "", "OR FAIL", "OR IGNORE", "OR REPLACE" } or { "" }
    for _, way in ipairs(ways) do
      local rows = insert:gsub("INSERT", "INSERT " .. way, 1):gsub("$1", "'queued'") .. ", ('1', 'x', 'y', $1)"
      assert.is_nil((outboxes.query(outbox, rows, "accepted")))
      assert.is_truthy(outboxes.query(outbox, insert, "queued"))
    end
    assert.equal(1 + #ways, assert(outbox:counts()).total)
    outbox:close()
  end)
end)
