-- A proxy that does not let us through: nothing was sent, and where it is about who we are, asking again is useless.

local scripted = require("spec.support.scripted")
local socket = require("socket")
local vertexsms = require("vertexsms")

describe("a proxy that refuses", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function send(base_url, proxy)
    local client = assert(vertexsms.safe.new({
      token = scripted.token, base_url = base_url, proxy = proxy, retry = false,
    }))
    local _, err = client:send({ to = "37069912345", from = "MyShop", message = "x" })
    client:close()
    return err
  end

  for status, temporary in pairs({ [403] = false, [407] = false, [429] = true, [502] = true, [503] = true }) do
    it(("to connect, with %d, has sent nothing"):format(status), function()
      server:script({ status = status, body = "<html>", headers = { ["Proxy-Authenticate"] = "Basic realm=x" } })
      local err = send("https://127.0.0.1:1", server.url)
      assert.same({ "connect", "not_sent", temporary, temporary },
        { err.kind, err.outcome, err.retryable, err.temporary }, err.message)
      assert.is_nil(err.status)
      assert.matches("^CONNECT 127.0.0.1:1 ", server:request().raw)
    end)
  end

  -- RFC 1928: the method that is chosen (0 none, 255 not one of those offered), and the reply to CONNECT.
  local SOCKS = {
    ["no method is good enough"] = { "\5\255", false },
    ["not allowed by the ruleset"] = { "\5\0\5\2\0\1\0\0\0\0\0\0", false },
    ["the host is unreachable"] = { "\5\0\5\4\0\1\0\0\0\0\0\0", true },
  }
  for why, case in pairs(SOCKS) do
    it("by SOCKS, because " .. why .. ", has sent nothing", function()
      local listener = assert(socket.bind("127.0.0.1", 0))
      listener:settimeout(10)
      local _, port = listener:getsockname()
      local client = vertexsms.safe.new({
        token = scripted.token, base_url = "https://127.0.0.1:1", proxy = "socks5h://127.0.0.1:" .. port,
      })
      local ticket = client.engine:submit({ method = "POST", path = "/sms", body = "{}" })
      local proxy = assert(listener:accept())
      assert(proxy:send(case[1]))
      assert.is_true(ticket:wait(10))
      local response = ticket:response()
      assert.same({ "connect", "not_sent", case[2], case[2] },
        { response.kind, response.outcome, response.retryable, response.temporary }, response.message)
      proxy:close()
      listener:close()
      client:close()
    end)
  end
end)
