--- What every host promises, in plain Lua, run inside the real host by the files beside this one.
--
-- `urls` maps scenarios of the fault server to base URLs. Runs inside whatever the host calls a coroutine.

local M = {}

local MESSAGE = { to = "37069912345", from = "MyShop", message = "x" }

local function expect(condition, what, got)
  if not condition then error(("%s (got %s)"):format(what, tostring(got)), 2) end
end

local function new(context, scenario, options)
  local settings = {
    token = "token-of-the-contract", base_url = context.urls[scenario], host = context.host, retry = false,
  }
  for key, value in pairs(options or {}) do settings[key] = value end
  return assert(require("vertexsms").safe.new(settings))
end

-- Lets the host work until the condition holds, for at most ten seconds.
local function await(client, holds, what)
  for _ = 1, 1000 do
    if holds() then return end
    client.host.sleep(0.01, client.engine)
  end
  error("never came: " .. what, 2)
end

local function submit(client, ...)
  local answer = {}
  local arguments = { ... }
  arguments[#arguments + 1] = function(err, result) answer.err, answer.result, answer.done = err, result, true end
  answer.call = client:submit((rawget(table, "unpack") or rawget(_G, "unpack"))(arguments))
  return answer
end

local tests = {}

local function test(name, run, needs_yield)
  tests[#tests + 1] = { name = name, run = run, needs_yield = needs_yield }
end

test("a send is accepted", function(context)
  local client = new(context, "ok")
  local sent, err = client:send(MESSAGE)
  expect(sent and sent.id, "an ID", err)
  client:close()
end)

test("an error is the same as anywhere", function(context)
  local client = new(context, "bad")
  local sent, err = client:send(MESSAGE)
  expect(not sent and err.kind == "invalid_request" and err.outcome == "rejected" and err.field == "from", "a 400", err)
  client:close()
end)

test("a timeout comes in time, outcome unknown", function(context)
  local client = new(context, "hang", { timeout = 0.2 })
  local _, err = client:send(MESSAGE)
  expect(err.kind == "timeout" and err.outcome == "unknown", "a timeout", err)
  client:close()
end)

test("an attempt that was refused is repeated after a wait", function(context)
  local client = new(context, "twice", { retry = { base = 0.02 } })
  local sent, err = client:send(MESSAGE)
  expect(sent and sent.attempts == 2, "two attempts", sent and sent.attempts or err)
  client:close()
end)

test("100 calls run at once", function(context)
  local client = new(context, "slow")
  local calls = {}
  for i = 1, 100 do calls[i] = { "send", MESSAGE } end
  local outcomes = client:all(calls, { concurrency = 100 })
  expect(#outcomes == 100, "100 outcomes", #outcomes)
  for _, outcome in ipairs(outcomes) do expect(outcome.result, "a result", outcome.error) end
  client:close()
end)

test("calls keep their order, results and errors alike", function(context)
  local client = new(context, "ok")
  local outcomes = client:all({
    { "send", MESSAGE }, { "send", { to = "x", from = "y", message = "z" } }, { "no_such_method" }, { "send", MESSAGE },
  }, { concurrency = 2 })
  expect(outcomes[1].result and outcomes[4].result, "two results", outcomes[1].error)
  expect(outcomes[2].error.field == "to" and outcomes[3].error.field == "method", "two errors", outcomes[2].error)
  client:close()
end)

test("arguments of the wrong type are their own call's error", function(context)
  local client = new(context, "ok")
  local outcomes = client:all({ { "send", MESSAGE }, { "send", 5 }, { "send", MESSAGE } }, { concurrency = 3 })
  expect(outcomes[1].result and outcomes[3].result, "two results", outcomes[1].error)
  expect(outcomes[2].error.kind == "invalid_argument", "an error", outcomes[2].error)
  client:close()
end)

test("a hook that sends inside many calls", function(context)
  local other, sent = new(context, "ok"), 0
  local client = new(context, "slow", { on_response = function()
    sent = sent + (other:send(MESSAGE) and 1 or 0)
  end })
  local calls = {}
  for i = 1, 6 do calls[i] = { "send", MESSAGE } end
  for _, outcome in ipairs(client:all(calls, { concurrency = 3 })) do
    expect(outcome.result, "a result", outcome.error)
  end
  expect(sent == 6, "six sends of the hook", sent)
  client:close()
  other:close()
end)

test("a hook that raises what cannot be shown changes nothing", function(context)
  local function hook() error(setmetatable({}, { __tostring = function() error("raised on purpose") end })) end
  local client = new(context, "ok", { on_request = hook, on_response = hook })
  local sent, err = client:send(MESSAGE)
  expect(sent and sent.id, "an ID", err)
  expect(client:all({ { "send", MESSAGE } })[1].result, "a result", "none")
  client:close()
end)

test("a wrong argument is told to the callback", function(context)
  local client = new(context, "ok")
  local answer = submit(client, "send", 5)
  await(client, function() return answer.done end, "the callback")
  expect(answer.err.kind == "invalid_argument" and answer.err.outcome == "not_sent", "an error", answer.err)
  client:close()
end)

test("a callback gets the result", function(context)
  local client = new(context, "ok")
  local answer = submit(client, "send", MESSAGE)
  await(client, function() return answer.done end, "the callback")
  expect(answer.result and answer.result.id and not answer.err, "an ID", answer.err)
  client:close()
end)

test("a callback that raises kills nothing", function(context)
  local client = new(context, "ok")
  local reported = context.count_reports(client)
  client:submit("send", MESSAGE, function() error("raised on purpose") end)
  await(client, function() return reported() > 0 end, "the report")
  expect(client:send(MESSAGE), "another send", "none")
  client:close()
end, true)

test("a call can be cancelled", function(context)
  local client = new(context, "hang")
  local answer = submit(client, "send", MESSAGE)
  await(client, function() return client.engine:counters().in_flight == 1 end, "the request")
  answer.call:cancel()
  await(client, function() return answer.done end, "the callback")
  expect(answer.err.kind == "cancelled" and answer.err.outcome ~= "rejected", "cancelled", answer.err)
  client:close()
end, true)

test("what a callback does is not a part of its call, cancelled or not", function(context)
  local client, other = new(context, "hang"), new(context, "ok")
  local answer = {}
  answer.call = client:submit("send", MESSAGE, function()
    answer.sent, answer.err = other:send(MESSAGE)
    answer.done = true
  end)
  await(client, function() return client.engine:counters().in_flight == 1 end, "the request")
  answer.call:cancel()
  await(client, function()
    context.update_all()
    return answer.done
  end, "the callback")
  expect(answer.sent, "a result", answer.err)
  client:close()
  other:close()
end, true)

test("a call that is cancelled before its next attempt sends no more", function(context)
  local answer, cancelled_after
  local client = new(context, "busy", {
    retry = { base = 0.05 },
    on_retry = function(event)
      if not answer then return end -- the first refusal may come before submit has returned
      answer.call:cancel()
      cancelled_after = event.attempt
    end,
  })
  answer = submit(client, "send", MESSAGE)
  await(client, function() return answer.done end, "the callback")
  expect(answer.err and answer.err.kind == "cancelled", "cancelled", answer.err)
  expect(answer.err.status == 503 and answer.err.attempts == cancelled_after, "no further attempt", answer.err)
  client:close()
end, true)

test("closing ends what waits", function(context)
  local client = new(context, "hang")
  local answers = { submit(client, "send", MESSAGE), submit(client, "send", MESSAGE) }
  await(client, function() return client.engine:counters().in_flight == 2 end, "the requests")
  client:close()
  local other = new(context, "ok")
  await(other, function()
    context.update(client)
    return answers[1].done and answers[2].done
  end, "the callbacks")
  expect(answers[1].err.kind == "closed" and answers[2].err.kind == "closed", "closed", answers[1].err)
  other:close()
end, true)

test("garbage collection takes no caller's answer", function(context)
  local answer = submit(new(context, "slow"), "send", MESSAGE)
  local other = new(context, "ok")
  await(other, function()
    collectgarbage()
    context.update_all()
    return answer.done
  end, "the callback")
  expect(answer.result, "a result", answer.err)
  other:close()
end, true)

test("two clients do not see each other", function(context)
  local first, second = new(context, "slow"), new(context, "slow")
  local answer = submit(first, "send", MESSAGE)
  submit(second, "send", MESSAGE)
  second:close()
  await(first, function() return answer.done end, "the first's callback")
  expect(answer.result, "a result", answer.err)
  first:close()
end, true)

test("a send inside a callback", function(context)
  local client = new(context, "ok")
  local inner
  client:submit("send", MESSAGE, function() inner = client:send(MESSAGE) end)
  await(client, function() return inner end, "the inner send")
  expect(inner.id, "an ID", inner)
  client:close()
end)

test("closing the client inside its own callback", function(context)
  local client = new(context, "ok")
  local answer = {}
  client:submit("send", MESSAGE, function(err, sent)
    client:close()
    answer.sent, answer.err = sent, err
  end)
  local other = new(context, "ok")
  await(other, function()
    context.update(client)
    return answer.sent or answer.err
  end, "the callback")
  expect(answer.sent, "a result", answer.err)
  other:close()
end)

test("a coroutine that dies while it waits", function(context)
  if not context.kill then return end
  local client = new(context, "slow")
  context.kill(function() client:send(MESSAGE) end)
  collectgarbage()
  expect(client:send(MESSAGE), "another send", "none")
  client:close()
end, true)

-- A store in a folder of its own; without SQLite, none.
local function open_store(context)
  local core = require("vertexsms.core")
  if not core.stores.sqlite then return nil end
  local folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir -m 700 " .. folder)
  local store = assert(core.store({ path = folder .. "/store.db" }))
  context.store = store
  return store, function()
    context.store = nil
    store:close()
    os.execute("rm -r " .. folder)
  end
end

test("a store performs steps", function(context)
  local hosts = require("vertexsms.host")
  local store, close = open_store(context)
  if not store then return end
  local host = hosts.pick(context.host)
  local function perform(step)
    local result, refusal = hosts.perform(host, store, step)
    expect(result and result.kind == "ok", "a result", refusal and refusal.message or result.message)
    return result
  end
  perform({ { sql = "CREATE TABLE things (id INTEGER PRIMARY KEY)" } })
  for i = 1, 20 do perform({ { sql = "INSERT INTO things VALUES ($1)", params = { i } } }) end
  local count = perform({ { sql = "SELECT count(*) AS n FROM things" }, read_only = true })[1].rows[1].n
  expect(count == 20, "20 rows", count)
  close()
end)

--- Runs every test and says how each went.
---@param context table urls, host, yields, count_reports(client), update(client), update_all(), kill(work)
---@param say fun(line: string)
function M.run(context, say)
  for _, one in ipairs(tests) do
    if context.yields or not one.needs_yield then
      local ok, reason = context.try(function() one.run(context) end)
      say((ok and "ok " or "not ok ") .. one.name .. (ok and "" or ": " .. tostring(reason)))
    end
  end
  say("done")
end

--- What most hosts have in common; fields may be replaced.
---@param host string
---@param urls table<string, string>
---@return table context
function M.context(host, urls)
  return {
    host = host, urls = urls, yields = true,
    -- 5.1 cannot yield across pcall: there, the first failure ends the run
    try = (_VERSION ~= "Lua 5.1" or rawget(_G, "jit")) and pcall or function(work)
      work()
      return true
    end,
    update = function() end,
    update_all = function() end,
    count_reports = function(client)
      local count = 0
      client.host = setmetatable({}, { __index = client.host })
      local report = require("vertexsms.host." .. host)
      local original = report.report
      report.report = function()
        count = count + 1
        report.report = original
      end
      return function() return count end
    end,
  }
end

return M
