local core = require("vertexsms.core")
local cjson = require("cjson")
local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local scripted = require("spec.support.scripted")

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local message = outboxes.message
local server

setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  outboxes.remove()
end)

local FINE = { body = '["1281532560"]' }

-- An outbox whose worker ends when there is nothing left.
local function open(options, client_options)
  local complete = { client = server:safe(client_options) }
  for key, value in pairs(options or {}) do complete[key] = value end
  return outboxes.open(complete)
end

local function run(outbox, options)
  local complete = { until_empty = true }
  for key, value in pairs(options or {}) do complete[key] = value end
  local totals, err = outbox:run(complete)
  assert(totals, tostring(err))
  return totals
end

local function bodies()
  local list = {}
  for i, request in ipairs(server:requests()) do list[i] = cjson.decode(request.body) end
  return list
end

describe("a worker", function()
  it("sends what is queued, and writes down what VertexSMS said", function()
    local outbox = open({ url = "https://example.com/dlr", secret = "s3cret" })
    local id = assert(outbox:add(message({ priority = "high" }))).id
    server:script({ body = '["77"]', headers = { ["X-VertexSMS-Amount-Sent"] = "2" } })
    local totals = run(outbox)
    assert.same({ 1, 1 }, { totals.taken, totals.accepted })
    local row = assert(outbox:get(id))
    assert.same({ "accepted", "77", 2, 1 }, { row.state, row.vertexsms_id, row.parts, row.attempts })
    assert.is_nil(row.worker)
    assert.same({ "sending", "accepted" }, { row.history[1].to, row.history[2].to })
    local sent = bodies()
    assert.same({ 1, "high", "37069912345" }, { #sent, sent[1].priority, sent[1].to })
    assert.equal("https://example.com/dlr?secret=s3cret&track=" .. row.tracking_id, sent[1].dlrUrl)
    outbox:close()
  end)

  it("has written that it sends before the request leaves", function()
    local path, states = outboxes.new_path(), {}
    local other = outboxes.open({ store = path })
    local outbox = open({ store = path }, { on_request = function()
      states[#states + 1] = outboxes.state(other, 1)
    end })
    assert(outbox:add(message()))
    server:script(FINE)
    run(outbox)
    assert.same({ "sending" }, states)
    outbox:close()
    other:close()
  end)

  it("keeps what VertexSMS refuses, with its words, and goes on", function()
    local outbox = open()
    assert(outbox:add_many({ message({ message = "1" }), message({ message = "2" }) }))
    server:script({ status = 400, body = [[{"message":"Invalid value for field 'from'."}]] }, FINE)
    run(outbox, { concurrency = 1 })
    local row = assert(outbox:get(1))
    assert.same({ "rejected", "Invalid value for field 'from'.", "from" }, { row.state, row.reason, row.field })
    assert.equal("accepted", outboxes.state(outbox, 2))
    outbox:close()
  end)

  it("does not send again what may have been accepted", function()
    local outbox = open()
    assert(outbox:add(message()))
    server:script({ status = 500, body = "{}" }, FINE)
    run(outbox)
    assert.equal("unknown", outboxes.state(outbox, 1))
    assert.equal(1, #server:requests())
    outbox:close()
  end)

  it("sends again what was certainly not accepted", function()
    local outbox = open()
    assert(outbox:add(message()))
    server:script({ status = 503, body = '{"message":"busy"}' }, { status = 429, body = "{}" }, FINE)
    run(outbox)
    local row = assert(outbox:get(1))
    assert.same({ "accepted", 3, 2 }, { row.state, row.attempts, row.failures })
    outbox:close()
  end)

  it("gives up after the last attempt, when nothing was sent", function()
    local outbox = open({ attempts = 2 })
    assert(outbox:add(message()))
    local busy = { status = 503, body = '{"message":"busy"}' }
    server:script(busy, busy, FINE)
    run(outbox)
    local row = assert(outbox:get(1))
    assert.same({ "failed", "not sent in 2 attempts: busy" }, { row.state, row.reason })
    outbox:close()
  end)

  for _, status in ipairs({ 401, 403 }) do
    it(("stops the whole outbox at a %d, and keeps the message"):format(status), function()
      local outbox = open()
      assert(outbox:add_many({ message({ message = "1" }), message({ message = "2" }) }))
      server:script({ status = status, body = '{"message":"go away"}' }, FINE, FINE)
      local totals = run(outbox, { concurrency = 1 })
      assert.is_truthy(totals.paused:find("^HTTP " .. status .. ": go away"), totals.paused)
      assert.same({ 2, 0 }, { assert(outbox:counts()).queued, assert(outbox:get(1)).failures })
      assert.equal(totals.paused, assert(outbox:status()).paused)
      assert.equal(1, #server:requests())
      assert(outbox:resume())
      server:script(FINE, FINE)
      run(outbox)
      assert.equal(2, assert(outbox:counts()).accepted)
      outbox:close()
    end)
  end

  it("waits as long as Retry-After says, and so do the others", function()
    local path = outboxes.new_path()
    local outbox = open({ store = path })
    assert(outbox:add(message()))
    server:script({ status = 429, body = "{}", headers = { ["Retry-After"] = "1" } }, FINE)
    local started = core.now()
    run(outbox)
    assert.is_true(core.now() - started >= 0.9)
    assert.equal("accepted", outboxes.state(outbox, 1))
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox_settings SET resume_at = 4e9 WHERE id = 1"))
    local status = assert(outbox:status())
    assert.is_true(status.waits > 1e6)
    outbox:close()
  end)

  it("takes the urgent ones first, then the older ones", function()
    local outbox = open()
    for _, each in ipairs({ { "1", "low" }, { "2", "normal" }, { "3", "high" }, { "4" }, { "5", "high" } }) do
      assert(outbox:add(message({ message = each[1], priority = each[2] })))
    end
    server:script(FINE, FINE, FINE, FINE, FINE)
    run(outbox, { concurrency = 1 })
    local order = {}
    for i, body in ipairs(bodies()) do order[i] = body.message end
    assert.equal("3 5 2 4 1", table.concat(order, " "))
    outbox:close()
  end)

  it("sends many in one request, and each alone where one is wrong", function()
    local outbox = open()
    for number = 1, 5 do assert(outbox:add(message({ message = tostring(number) }))) end
    server:script({ status = 400, body = [[{"message":"Invalid value for field 'to'."}]] }, { body = '["1"]' },
      { status = 400, body = "{}" }, { body = '["3"]' }, { body = '["4","5"]' })
    run(outbox, { concurrency = 1, batch_size = 3 })
    local states = {}
    for i, row in ipairs(assert(outbox:list())) do states[i] = row.state end
    assert.equal(4, assert(outbox:counts()).accepted, table.concat(states, " "))
    assert.equal("rejected", states[2])
    outbox:close()
  end)

  it("lets lapse what could not leave in time", function()
    local outbox = open()
    assert(outbox:add_many({ { message(), send_before = 0.001 }, message() }))
    server:script(FINE)
    run(outbox)
    assert.same({ "lapsed", "accepted" }, { outboxes.state(outbox, 1), outboxes.state(outbox, 2) })
    assert.equal(1, #server:requests())
    outbox:close()
  end)

  it("sends what a person has added, and says what is wrong with it", function()
    local outbox = open()
    assert(outboxes.query(outbox, [[INSERT INTO vertexsms_outbox (recipient, sender, message)
      VALUES ('+37069912345', 'MyShop', 'by hand'), ('abc', 'MyShop', 'by hand')]]))
    server:script(FINE)
    run(outbox)
    assert.equal("accepted", outboxes.state(outbox, 1))
    local row = assert(outbox:get(2))
    assert.same({ "failed", "to" }, { row.state, row.field })
    outbox:close()
  end)

  it("keeps to the rate of the outbox, which the last one that opens it sets", function()
    local path = outboxes.new_path()
    open({ store = path, rate = 1000 }):close()
    local outbox = open({ store = path, rate = 20 })
    assert.equal(20, assert(outbox:status()).rate)
    for number = 1, 12 do assert(outbox:add(message({ message = tostring(number) }))) end
    local answers = {}
    for i = 1, 12 do answers[i] = FINE end
    server:script(unpack(answers))
    local started = core.now()
    run(outbox)
    local seconds = core.now() - started
    -- One at once, two more within the tenth of a second that may be made up for.
    assert.is_true(seconds >= 8 / 20, tostring(seconds))
    assert.equal(12, assert(outbox:counts()).accepted)
    outbox:close()
  end)

  it("runs until it is stopped, and ends what is in flight", function()
    local faults = fault_servers.start()
    local client = require("vertexsms").safe.new({
      token = "token-of-a-worker", base_url = faults:url("slow", "/200"), host = "blocking",
    })
    local outbox = outboxes.open({ client = client })
    for number = 1, 3 do assert(outbox:add(message({ message = tostring(number) }))) end
    local totals = assert(outbox:run({ concurrency = 3, on_progress = function(so_far)
      if so_far.taken == 3 then outbox:stop() end
    end }))
    assert.equal(3, totals.accepted)
    assert.equal(3, assert(outbox:counts()).accepted)
    outbox:close()
    client:close()
    faults:stop()
  end)

  it("needs a client, and runs once at a time", function()
    local outbox = outboxes.open()
    local totals, err = outbox:run()
    assert.same({ nil, "invalid_argument", "client" }, { totals, err.kind, err.field })
    outbox:close()
    local second
    outbox = open(nil, { on_request = function() second = select(2, outbox:run()) end })
    assert(outbox:add(message()))
    server:script(FINE)
    run(outbox)
    assert.is_truthy(second.message:find("runs already", 1, true), second.message)
    outbox:close()
  end)

  it("asks for the state where no report comes", function()
    local outbox = open()
    assert(outbox:add(message()))
    server:script(FINE)
    run(outbox)
    assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET check_at = 1 WHERE id = 1 RETURNING id"))
    server:script({ body = '{"id":1281532560,"status":"delivered","dlrStatus":1,"error":0}' })
    assert(outbox:run({ on_progress = function()
      if assert(outbox:counts()).delivered == 1 then outbox:stop() end
    end }))
    assert.equal("delivered", outboxes.state(outbox, 1))
    assert.equal("/sms/status/1281532560", server:request().path)
    outbox:close()
  end)

  it("asks on until the message has expired, however long it was scheduled for", function()
    local outbox = open()
    assert(outbox:add_many({ message(), message() }))
    server:script(FINE)
    run(outbox)
    assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET check_at = 1, changed_at = {now} - 864000,
      expires_at = {now} + CASE id WHEN 1 THEN 86400 ELSE -1 END]]))
    server:script({ body = '{"id":1281532560,"status":"queued","dlrStatus":8,"error":0}' })
    local rows
    assert(outbox:run({ on_progress = function()
      rows = assert(outboxes.query(outbox, "SELECT check_at FROM vertexsms_outbox ORDER BY id"))
      if not rows[2].check_at then outbox:stop() end
    end }))
    assert.is_nil(rows[2].check_at)
    assert.is_truthy(rows[1].check_at)
    outbox:close()
  end)
end)
