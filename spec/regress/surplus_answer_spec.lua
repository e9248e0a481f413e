-- HTTP/1.1 matches answers to requests by their order. Octets that a server sends unasked on a kept-alive connection
-- (a second answer, a 408 said to an idle client, a late 103) were readable when the next request started, and were
-- taken for its answer. Every later send was then told the result of the one before: `accepted` for messages that the
-- service never had. libcurl 7.88 looks only whether an idle connection has ended.

local core = require("vertexsms.core")
local fault_servers = require("spec.support.faults")
local vertexsms = require("vertexsms")

local threaded = {
  wait = function(_, ticket) ticket:wait(1) end,
}

-- What lies behind the answer; `fails`: the answer itself is of no use.
local KINDS = {
  ["joined"] = {}, ["separate"] = {}, ["held"] = {}, ["behind-body"] = {}, ["in-body"] = {},
  ["behind-piece"] = {}, ["chunked-piece"] = {},
  ["chunked"] = {}, ["chunked-cut"] = {}, ["chunked-separate"] = {}, ["length-and-chunks"] = {},
  ["empty"] = { fails = true }, ["empty-separate"] = { fails = true }, ["two-lengths"] = { fails = true },
  ["408"] = {}, ["103"] = {}, ["junk"] = {},
}

local TRANSPORTS = {
  ["plain TCP"] = { "surplus" },
  ["TLS 1.3"] = { "surplus", tls = true },
  ["TLS 1.2"] = { "surplus-tls-1-2", tls = true },
}

for transport, options in pairs(TRANSPORTS) do
  for _, way in ipairs({ "caller's thread", "I/O thread" }) do
    describe(("after a surplus answer, over %s, on the %s,"):format(transport, way), function()
      local faults
      local scenario = options[1]

      setup(function() faults = fault_servers.start({ tls = true }) end)
      teardown(function() faults:stop() end)
      before_each(function() faults:reset() end)

      local function client_for(prefix, more)
        more = more or {}
        local client = assert(vertexsms.safe.new({
          token = "token-of-the-surplus-spec", ca_file = faults.ca_file, retry = false,
          base_url = faults:url(more.scenario or scenario, prefix, options), on_request = more.on_request,
          status_base_url = more.status_prefix and faults:url(scenario, more.status_prefix, options),
        }))
        if way == "I/O thread" then client.host = threaded end
        return client
      end

      local function send(client, number)
        return client:send({ to = "37069912345", from = "MyShop", message = "message " .. number })
      end

      --- Until the surplus is on its way: over loopback it has then arrived.
      local function await_surplus(count)
        local until_time = core.now() + 5
        while faults:seen(scenario, options).surplus < count do
          assert(core.now() < until_time, "no surplus answer came")
        end
      end

      for kind, expected in pairs(KINDS) do
        it("each send has its own answer: " .. kind, function()
          local client = client_for("/" .. kind)
          for number = 1, 4 do
            local sent, err = send(client, number)
            if expected.fails then
              assert.is_nil(sent)
              assert.equal("unknown", err.outcome)
            else
              assert.equal(tostring(number), sent and sent.id, tostring(err))
            end
            await_surplus(number)
          end
          local seen = faults:seen(scenario, options)
          assert.equal(4, seen.requests)
          assert.equal(4, seen.connections)
          client:close()
        end)
      end

      it("each status query has its own answer, too", function()
        local client = client_for("/separate")
        for number = 1, 4 do
          local request = { method = "GET", path = "/sms/status/" .. number, repeatable = true, timeout = 5 }
          local response = way == "I/O thread" and client.engine:submit(request) or client.engine:perform(request)
          if way == "I/O thread" then
            response:wait(5)
            response = response:response()
          end
          assert.matches('"id":' .. number .. ",", response.body, 1, true)
          await_surplus(number)
        end
        client:close()
      end)

      it("a clean connection is kept", function()
        local client = client_for("/none")
        for number = 1, 4 do assert.equal(tostring(number), send(client, number).id) end
        assert.equal(1, faults:seen(scenario, options).connections)
        client:close()
      end)

      --- Status queries go to a path without a surplus.
      local function connections_of_queries(client)
        local before = faults:seen(scenario, options).connections
        for number = 1, 4 do assert.equal("delivered", client:status(tostring(number)).status) end
        return faults:seen(scenario, options).connections - before
      end

      it("no connection is used twice for a while", function()
        local client = client_for("/separate", { status_prefix = "/none" })
        assert.equal("1", send(client, 1).id)
        await_surplus(1)
        assert.equal(4, connections_of_queries(client))
        client:close()
      end)

      if transport ~= "TLS 1.2" then
        it("a connection that only ended does not cause that", function()
          for _, ending in ipairs({ "idle-close", "idle-goodbye", "idle-reset" }) do
            local client = client_for(nil, { scenario = ending, status_prefix = "/none" })
            for number = 1, 3 do send(client, number) end
            assert.equal(1, connections_of_queries(client))
            client:close()
          end
        end)
      end

      it("the change of connection is not an attempt, and no hook is called", function()
        local begun = 0
        local client = client_for("/separate", { on_request = function() begun = begun + 1 end })
        for number = 1, 3 do
          assert.equal(tostring(number), send(client, number).id)
          await_surplus(number)
        end
        assert.equal(3, begun)
        assert.equal(3, faults:seen(scenario, options).connections)
        client:close()
      end)

      it("success before the whole request is there is not believed", function()
        local client = client_for(nil, { scenario = "early-200" })
        local messages = {}
        for number = 1, 500 do
          messages[number] = { to = "37069912345", from = "MyShop", message = ("x"):rep(1000) }
        end
        local result, err = client:send_many(messages)
        client:close()
        assert.is_nil(result)
        assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
        assert.is_nil(err.likely_accepted)
      end)
    end)
  end
end
