-- `vertexsms mcp` under the official client, whose schemas every message of the server must fit.
--
-- On LuaJIT alone, where node, npm and the registry are there: the client is installed into a folder of its own.

local cjson = require("cjson")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")

local HERE = "spec/mcp/official/"
local INSTALL = "cp %s* %s/ && cd %s && npm install --no-audit --no-fund --ignore-scripts --fetch-retries=0 2>&1"

local function has(program) return process.run({ "sh", "-c", "command -v " .. program }) == 0 end

if not rawget(_G, "jit") or not stores.are_built then return end

describe("vertexsms mcp and the official client", function()
  local simulator, folder, missing

  setup(function()
    if not has("npm") or not has("node") then
      missing = "node and npm are not installed"
      return
    end
    folder = stores.folder()
    local code, output = process.run({ "sh", "-c", INSTALL:format(HERE, folder, folder) })
    if code ~= 0 then missing = "npm could not install the client: " .. output:sub(-200) end
    if code == 0 then simulator = simulators.start(nil, nil, 120) end
  end)
  teardown(function()
    process.stop_all()
    outboxes.remove()
    if folder then stores.remove(folder) end
  end)

  local function drive(mode, answer)
    if missing then return pending(missing) end
    local _, output, errors = process.run({ "node", folder .. "/drive.mjs", mode, answer, process.lua() }, { env = {
      VERTEXSMS_TOKEN = simulators.TOKEN, VERTEXSMS_BASE_URL = simulator.url, VERTEXSMS_MCP_MODE = "live",
      VERTEXSMS_OUTBOX = outboxes.new_path(),
    } })
    local lines = {}
    for line in output:gmatch("[^\n]+") do lines[#lines + 1] = cjson.decode(line) end
    assert.equal(6, #lines, output .. errors)
    assert.same({ true, true }, { lines[1].valid, lines[1].tools > 10 })
    for i = 2, 5 do assert.is_true(lines[i].valid, output) end
    assert.equal("invalid_argument", lines[5].error.kind)
    return lines
  end

  local VERSIONS = { legacy = "2025-11-25", auto = "2026-07-28", ["2026-07-28"] = "2026-07-28" }

  for mode, version in pairs(VERSIONS) do
    it("sends once after a yes, mode " .. mode, function()
      local lines = drive(mode, "accept")
      assert.same({ "accepted", lines[3].id, true }, { lines[3].outcome, lines[4].id, lines[4].repeated })
      assert.same({ 1, version }, { lines[6].questions, lines[6].era })
    end)

  end

  for mode, answer in pairs({ legacy = "decline", auto = "none", ["2026-07-28"] = "decline" }) do
    it("does not send, mode " .. mode .. ", answer " .. answer, function()
      local lines = drive(mode, answer)
      assert.same({ "forbidden", "not_sent" }, { lines[3].error.kind, lines[3].error.outcome })
      assert.equal(answer == "none" and 0 or 2, lines[6].questions)
    end)
  end
end)
