-- How PostgreSQL finds what a statement is about: by an index, where there are many messages. On LuaJIT alone: it is
-- the database that is tested.

local outboxes = require("spec.support.outboxes")
local postgres = require("spec.support.postgres")
local statements = require("vertexsms.outbox.statements")

if not postgres.is_there or not rawget(_G, "jit") then return end

local sql = statements.of("postgresql")
local server

-- As they are after a while: most have ended, some wait, a few are in the hands of workers. Without triggers, which
-- refuse rows that begin so.
local FILL = [[
  SET session_replication_role = replica;
  INSERT INTO vertexsms_outbox (key, state, recipient, sender, message, priority, due_at, send_before, worker, claim,
    lease_until, tracking_id, expires_at, check_at, finished_at)
  SELECT n, states[1 + n %% 20], 37060000000 + n, 'MyShop', 'Hi', CASE WHEN n %% 9 = 0 THEN 'high' ELSE 'normal' END,
    CASE WHEN n %% 7 = 0 THEN 1 ELSE 0 END, CASE WHEN n %% 5 = 0 THEN 9999999999 END,
    CASE WHEN n %% 1000 = 0 THEN 'w' END, CASE WHEN n %% 1000 = 0 THEN n END,
    CASE WHEN n %% 1000 = 0 THEN 9999999999 END, md5(n::text), 9999999999,
    CASE WHEN n %% 20 = 19 THEN 9999999999 END, CASE WHEN n %% 20 < 15 THEN n END
  FROM generate_series(1, %d) AS n, (SELECT array_fill('delivered'::text, ARRAY[15])
    || ARRAY['queued', 'queued', 'queued', 'unknown', 'accepted'] AS states) AS s;
  UPDATE vertexsms_outbox SET state = 'sending' WHERE worker = 'w';
  INSERT INTO vertexsms_outbox_history (message_id, from_state, to_state) SELECT id, 'queued', 'sending'
    FROM vertexsms_outbox;
  ANALYZE]]

local ROWS = 150000

setup(function()
  server = postgres.start()
  outboxes.open({ store = server:url() }):close()
  server:query(FILL:format(ROWS))
end)
teardown(function() server:remove() end)

-- The plan of a prepared statement for any parameters.
local function plan_of(text)
  local count, marks = 0, {}
  for number in text:gmatch("%$(%d+)") do count = math.max(count, tonumber(number)) end
  for i = 1, count do marks[i] = "NULL" end
  local arguments = count > 0 and "(" .. table.concat(marks, ", ") .. ")" or ""
  return server:query(("SET plan_cache_mode = force_generic_plan; PREPARE asked AS %s; EXPLAIN EXECUTE asked%s"):format(
    text, arguments))
end

-- What may look at every row: once in a while, for people; and what takes a thousand rows, which are sooner found in
-- the whole table while that is not much larger.
local MAY_SCAN = { counts = true, oldest = true, drop_texts = true }

local function scans(text)
  local found = {}
  for _, line in ipairs(plan_of(text)) do
    local is_whole = line:find("Seq Scan on vertexsms_outbox ", 1, true)
      or line:find("Seq Scan on vertexsms_outbox_history", 1, true)
    if is_whole then found[#found + 1] = line end
  end
  return found
end

describe("over PostgreSQL, the plan of", function()
  for name, text in pairs(sql) do
    if not MAY_SCAN[name] and not name:find("^list") then
      it(name .. " reads no whole table", function() assert.same({}, scans(text)) end)
    end
  end

  it("a claim reads the beginning of the queue's index", function()
    local count = 0
    for _, line in ipairs(plan_of(sql.claim)) do
      if line:find("Index Scan using vertexsms_outbox_queue", 1, true) then count = count + 1 end
    end
    assert.equal(6, count)
  end)
end)
