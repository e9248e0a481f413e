-- What a sender may be is written down by the client, offered by the command line and checked by the simulator, which
-- is a witness: the three agree. Likewise the fields of an HLR lookup.

local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

-- The type of a field of a class of the annotations.
local function fields_of(file, class)
  local block = process.read_file(file):match("\n%-%-%-@class " .. class .. "\n(.-)\n\n")
  local fields = {}
  for name, kind in block:gmatch("%-%-%-@field ([%w_]+) (%S+)") do fields[name] = kind end
  return fields
end

local function values_of(kind)
  local values = {}
  for value in kind:gmatch('"([^"]+)"') do values[#values + 1] = value end
  return values
end

local SENDER = fields_of("lua/vertexsms/api/sender.lua", "vertexsms.SenderId")

describe("vertexsms sender register", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  it("offers the values of the client, which takes them, as the simulator does", function()
    local _, help = cli.run(simulator.url, { "sender", "register", "--help" })
    for _, field in ipairs({ "type", "category" }) do
      local values = values_of(SENDER[field])
      assert.is_true(#values > 1)
      assert.is_truthy(help:find("--" .. field .. " {" .. table.concat(values, ",") .. "}", 1, true), help)
      for _, value in ipairs(values) do
        local name = value == "MSISDN" and "37069555555" or "TestSender"
        local code, _, errors = cli.run(simulator.url, { "sender", "register", name, "--" .. field, value })
        assert.equal(0, code, errors)
      end
    end
  end)

  it("knows no value that the client does not, and no field", function()
    for _, field in ipairs({ "type", "category" }) do
      local sender = { name = "TestSender", type = "AlphaNumeric", [field] = "Other than all" }
      local status, answer = simulator:call("POST", "/senderId", sender)
      assert.equal(400, status)
      local words = answer.message:match("It must be (.*)%.$"):gsub("'", "")
      assert.equal(table.concat(values_of(SENDER[field]), ", "), (words:gsub(" or ", ", ")))
    end
    for name in pairs(SENDER) do
      local status, answer = simulator:call("POST", "/senderId", { name = "TestSender", type = "AlphaNumeric",
        [name] = { nested = true } })
      assert.equal(400, status)
      assert.matches("field '" .. name .. "'", answer.message, 1, true)
    end
  end)
end)

describe("an HLR lookup", function()
  local simulator

  setup(function() simulator = simulators.start() end)
  teardown(process.stop_all)

  it("has the same fields in the client and in the simulator", function()
    local fields = fields_of("lua/vertexsms/api/hlr.lua", "vertexsms.HlrOptions")
    fields.msisdn, fields.guard_key = "string", nil -- the latter is the guard's, and is not sent
    for name in pairs(fields) do
      local lookup = { msisdn = "37069912345", [name] = { nested = true } }
      local status, answer = simulator:call("POST", "/hlr", lookup)
      assert.equal(400, status)
      assert.matches("field '" .. name .. "'", answer.message, 1, true)
    end
  end)
end)
