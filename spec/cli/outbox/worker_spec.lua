local cjson = require("cjson")
local cli = require("spec.support.cli")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local server

setup(function() server = scripted.start() end)
teardown(function()
  server:stop()
  process.stop_all()
  outboxes.remove()
end)

local FINE = { body = '["1281532560"]' }

local function filled(count)
  local outbox = outboxes.open()
  for number = 1, count do assert(outbox:add(outboxes.message({ message = tostring(number) }))) end
  return outbox, outbox.store.handle:name()
end

local function run(store, ...) return cli.run(server.url, { "outbox", "run", "--store", store, ... }) end

describe("vertexsms outbox run", function()
  it("sends until the outbox is empty", function()
    local outbox, store = filled(3)
    server:script(FINE, FINE, FINE)
    local code, output, errors = run(store)
    assert.same({ 0, "3 accepted\n" }, { code, output }, errors)
    code, output = run(store)
    assert.same({ 0, "nothing was sent\n" }, { code, output })
    outbox:close()
  end)

  it("asks for reports with the secret of the environment", function()
    local outbox, store = filled(2)
    local function url_with(secret, url)
      server:script(FINE)
      local _, _, errors = cli.run(server.url, { "outbox", "run", "--store", store, "--url", url }, nil,
        { VERTEXSMS_CALLBACK_SECRET = secret })
      assert.equal("", errors)
      return cjson.decode(server:request().body).dlrUrl
    end
    outbox:cancel(2)
    assert.matches("^https://example%.com/dlr%?secret=hidden%%20one&track=%x+$",
      url_with("hidden one", "https://example.com/dlr"))
    assert(outbox:add(outboxes.message()))
    assert.matches("^https://example%.com/dlr%?secret=mine&track=%x+$",
      url_with("hidden one", "https://example.com/dlr?secret=mine"))
    outbox:close()
  end)

  it("says by its exit code what became of them", function()
    local outbox, store = filled(2)
    server:script({ status = 500, body = "{}" }, { status = 400, body = "{}" })
    local code, output = run(store, "--concurrency", "1", "--json")
    local totals = cjson.decode(output)
    assert.same({ 3, 1, 1 }, { code, totals.unknown, totals.rejected })
    outbox:close()
  end)

  it("does not call it done while the store holds what may have been sent", function()
    local outbox, store = filled(2)
    for id, state in ipairs({ "unknown", "sending" }) do
      assert(outboxes.query(outbox, [[UPDATE vertexsms_outbox SET state = 'sending', worker = '1-dead', attempts = 1,
        lease_until = {now} + 40 WHERE id = $1]], id))
      assert(outboxes.query(outbox, "UPDATE vertexsms_outbox SET state = $2 WHERE id = $1", id, state))
    end
    local code, output, errors = run(store)
    assert.same({ 3, "nothing was sent\n" }, { code, output })
    assert.is_truthy(errors:find("1 may have been sent (unknown): vertexsms outbox list --state unknown", 1, true),
      errors)
    assert.matches("1 is still held by another worker: if it has stopped, run again in [34][0-9] s", errors)
    code, output = run(store, "--json")
    local left = cjson.decode(output).left
    assert.same({ 3, 1, 1 }, { code, left.unknown, left.held })
    assert.is_true(left.run_again_in > 20 and left.run_again_in <= 42)
    outbox:close()
  end)

  it("stops at a pause, and goes on with the next run", function()
    local outbox, store = filled(2)
    server:script({ status = 401, body = '{"message":"go away"}' })
    local code, _, errors = run(store, "--concurrency", "1")
    assert.equal(1, code)
    assert.equal("the outbox is paused: HTTP 401: go away (correct the token, then run again)\n", errors)
    server:script(FINE, FINE)
    code, _, errors = run(store)
    assert.equal(0, code)
    assert.equal("the outbox was paused: HTTP 401: go away\n", errors)
    assert(outbox:pause("closed", "anna"))
    assert(outbox:add(outboxes.message()))
    code = run(store)
    assert.equal(1, code)
    assert.equal(1, assert(outbox:counts()).queued)
    outbox:close()
  end)

  it("says why nothing is sent when a long wait begins, once", function()
    local outbox, store = filled(2)
    server:script({ status = 429, body = '{"message":"slow down"}', headers = { ["Retry-After"] = "40" } })
    local worker = cli.start(server.url, { "outbox", "run", "--concurrency", "1", "--store", store })
    worker:expect("^nothing is sent until %d%d:%d%d:%d%d, in [34]%d s: .*slow down")
    require("vertexsms.core").sleep(1.2) -- it looks once a second: the line would come again
    worker:signal("INT")
    assert.equal(130, worker:wait())
    local _, count = worker:output():gsub("nothing is sent", "")
    assert.equal(1, count, worker:output())
    outbox:close()
  end)

  it("finishes what is in flight at Ctrl-C", function()
    local outbox, store = filled(1)
    server:script(FINE)
    local worker = cli.start(server.url, { "outbox", "run", "--follow", "--store", store })
    assert.is_true(require("spec.support.await")(function() return assert(outbox:counts()).accepted == 1 end))
    worker:signal("INT")
    assert.equal(130, worker:wait())
    assert.is_truthy(worker:output():find("1 accepted", 1, true), worker:output())
    assert.is_nil(worker:output():find("in flight", 1, true), "nothing was")
    outbox:close()
  end)
end)
