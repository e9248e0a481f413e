-- The same contract in every host, each in a process of its own.

local contract_urls = require("spec.support.contract_urls")
local fault_servers = require("spec.support.faults")
local hosts = require("vertexsms.host")
local process = require("spec.support.process")

local function assert_kept(output)
  local kept = 0
  for line in output:gmatch("[^\n]+") do
    assert.not_matches("^not ok", line)
    if line:find("^ok ") then kept = kept + 1 end
  end
  assert.matches("\ndone\n", output, nil, true)
  return kept
end

-- Of hosts that are a program there are specs beside this one.
local IS_PROGRAM = { nginx = true }

local function check(host)
  describe("in a " .. host .. " host", function()
    it("the contract holds", function()
      local faults = fault_servers.start()
      local words = { process.lua(), "spec/host/contract/" .. host .. ".lua", contract_urls(faults) }
      local code, output, errors = process.run(words)
      faults:stop()
      assert.equal(0, code, output .. errors)
      assert.equal(host == "blocking" and 14 or 22, assert_kept(output))
      assert.matches("the loop has ended\n$", output)
      assert.not_matches("traceback", errors)
    end)
  end)
end

for _, host in ipairs(hosts.names) do
  if not IS_PROGRAM[host] then check(host) end
end
