-- SIGPIPE, which ends a program by default, does not come of a blocking call: neither libcurl nor a TLS library that
-- writes through it raises one, and where another library may write, it is kept back (csrc/http/blocking.c).

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

-- After a reset, TLS's good-bye is written to a broken connection.
local SCRIPT = [[
  local url, authorities = ...
  local core = require("vertexsms.core")
  local engine = assert(core.engine({ token = "token-of-the-pipe-spec", base_url = url, ca_file = authorities }))
  local response = engine:perform({ method = "POST", path = "/sms", body = "{}" })
  engine:close()
  print("lived on: " .. response.kind)
]]

describe("a blocking call", function()
  local faults
  setup(function() faults = fault_servers.start({ tls = true }) end)
  teardown(function() faults:stop() end)

  for _, transport in ipairs({ "plain", "tls" }) do
    it("outlives a connection that is reset, over " .. transport, function()
      local file = os.tmpname()
      local out = assert(io.open(file, "w"))
      out:write(SCRIPT)
      out:close()
      local url = faults:url("reset-after-request", "", { tls = transport == "tls" })
      local _, output = process.run({ "env", "--default-signal=PIPE", process.lua(), file, url, faults.ca_file })
      os.remove(file)
      assert.matches("lived on: network", output)
    end)
  end
end)
