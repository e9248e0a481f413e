-- Through a proxy that is itself spoken to over TLS, a surplus answer was taken for the next send's: what the outer TLS
-- had decrypted and libcurl not yet read, neither a poll on the socket nor the inner TLS shows. So no such connection
-- carries two requests.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local vertexsms = require("vertexsms")

local threaded = { wait = function(_, ticket) ticket:wait(1) end }

describe("through a proxy over TLS,", function()
  local faults, proxy, port

  setup(function()
    faults = fault_servers.start({ tls = true })
    proxy = process.start({ "env", "-u", "LUA_INIT", "-u", "LUA_PATH", "-u", "LUA_CPATH", "-u", "LD_PRELOAD",
      "luajit", "spec/support/tls_proxy.lua", faults.folder })
    port = proxy:expect("^(%d+)$")
  end)
  teardown(function()
    proxy:stop()
    faults:stop()
  end)
  before_each(function() faults:reset() end)

  for way, host in pairs({ ["caller's thread"] = false, ["I/O thread"] = threaded }) do
    it("each send has a connection of its own, on the " .. way, function()
      local client = assert(vertexsms.safe.new({
        token = "token-of-the-tls-proxy-spec", ca_file = faults.ca_file, retry = false, host = "blocking",
        base_url = faults:url("surplus", "/none", { tls = true }), proxy = "https://localhost:" .. port,
      }))
      client.host = host or client.host
      for number = 1, 3 do
        local sent, err = client:send({ to = "37069912345", from = "MyShop", message = "message " .. number })
        assert.equal(tostring(number), sent and sent.id, tostring(err))
      end
      client:close()
      assert.equal(3, faults:seen("surplus", { tls = true }).connections)
    end)
  end
end)
