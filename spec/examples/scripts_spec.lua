-- The examples, as their first lines say that they are run.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local function run(name, url, arguments)
  local words = { process.lua(), "examples/" .. name .. ".lua" }
  for _, word in ipairs(arguments) do words[#words + 1] = word end
  return process.run(words, { env = { VERTEXSMS_TOKEN = "token-of-the-examples", VERTEXSMS_BASE_URL = url } })
end

describe("the example", function()
  local faults, simulator

  setup(function()
    faults = fault_servers.start()
    simulator = simulators.start()
  end)
  teardown(function()
    faults:stop()
    process.stop_all()
  end)

  it("send tells accepted, rejected, not sent and unknown apart", function()
    for url, expected in pairs({
      [simulator.url] = { 0, "^accepted as %d+\n$" },
      [faults:url("status", "/400")] = { 1, "^not accepted: " },
      [faults:url("refused")] = { 2, "^not accepted, try again later: " },
      [faults:url("status", "/500")] = { 3, "^it may have been sent; do not repeat it blindly: " },
    }) do
      local code, output, errors = run("send", url, { "37069912345", "Your code is 4815" })
      assert.matches(expected[2], output .. errors)
      assert.equal(expected[1], code)
    end
  end)

  it("says how it is run, and ends", function()
    for _, name in ipairs({ "send", "luv", "cqueues", "tick" }) do
      for _, words in ipairs({ {}, { "x" } }) do
        local code, _, errors = run(name, simulator.url, words)
        assert.equal(2, code)
        assert.matches("^usage: lua examples/" .. name .. "%.lua", errors)
      end
    end
  end)

  it("says what is missing", function()
    for _, name in ipairs({ "send", "luv", "cqueues", "tick" }) do
      local code, _, errors = process.run({ process.lua(), "examples/" .. name .. ".lua", "37069912345", "x" },
        { env = { VERTEXSMS_TOKEN = "" } })
      assert.equal(1, code)
      assert.matches("token is missing", errors)
    end
  end)

  -- What each loop says while it goes on, and how often it does in the 250 ms that the answers take: one after the
  -- other they would take twenty times as long.
  for name, turns in pairs({ luv = { 2, 20 }, cqueues = { 2, 20 }, tick = { 5, 150 } }) do
    it(name .. " sends to all at once, and its loop goes on", function()
      local recipients = { "Your code is 4815" }
      for i = 1, 20 do recipients[i + 1] = tostring(37069912300 + i) end
      for _, url in ipairs({ simulator.url, faults:url("slow", "/250") }) do
        local code, output, errors = run(name, url, recipients)
        assert.equal(0, code, output .. errors)
        assert.equal(20, select(2, output:gsub("370699123%d%d\taccepted as %d+\n", "")), output .. errors)
        if url ~= simulator.url then
          local count = tonumber(errors:match("(%d+) frames")) or select(2, errors:gsub("the loop goes on\n", ""))
          assert.is_true(count >= turns[1] and count <= turns[2], errors)
        end
      end
      local _, output = run(name, faults:url("status", "/400"), recipients)
      assert.equal(20, select(2, output:gsub("rejected", "")))
    end)
  end
end)
