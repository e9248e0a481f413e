-- A server that closes each connection after its answer, and does not say so. The end comes a moment later than the
-- answer; the next send had left on that connection by then, and its outcome was unknown, with a server in good
-- order.

local message = require("spec.support.message")
local scripted = require("spec.support.scripted")

local SENDS = 60
-- A busy machine may not run the server between its answer and its close for longer than the client waits.
local LATE_MAX = 3

describe("a server that closes after each answer without a word", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function count_unknown(send)
    local unknown = 0
    server:script({ body = '["1281532560"]', headers = { ["X-Closes"] = "without a word" } })
    for _ = 1, SENDS do
      local err = send()
      if err then
        assert.equal("unknown", err.outcome)
        unknown = unknown + 1
      end
    end
    return unknown
  end

  it("gets each send on a connection that is open", function()
    local client = server:safe({})
    local unknown = count_unknown(function() return select(2, client:send(message())) end)
    assert.is_true(unknown <= LATE_MAX, unknown .. " are unknown")
  end)

  it("does so from the I/O thread, too", function()
    local client = server:safe({ host = "tick" })
    local unknown = count_unknown(function()
      local is_over, failure = false, nil
      client:submit("send", message(), function(err) is_over, failure = true, err end)
      while not is_over do
        client.engine:wait(1)
        client:update()
      end
      return failure
    end)
    assert.is_true(unknown <= LATE_MAX, unknown .. " are unknown")
  end)
end)
