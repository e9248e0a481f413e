-- `vertexsms mcp` under the official client. Every line that the server writes must fit the schemas of the official
-- core.
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
  local folder, missing, results
  local jobs = {}

  -- All jobs are done by one process, before the specs look at them: the client takes its time to load.
  local function perform_jobs()
    local simulator = simulators.start(nil, nil, 120)
    for _, job in ipairs(jobs) do
      job.lua, job.log, job.store, job.url = process.lua(), os.tmpname(), outboxes.new_path(), simulator.url
      results[#results + 1] = {}
    end
    local client = process.start({ "node", folder .. "/main.mjs", cjson.encode(jobs) }, { limit = 120, env = {
      VERTEXSMS_TOKEN = simulators.TOKEN, VERTEXSMS_STATUS_BASE_URL = simulator.url, VERTEXSMS_MCP_MODE = "live",
    } })
    local code = client:wait()
    for _, job in ipairs(jobs) do os.remove(job.log) end
    assert.equal(0, code, client:output())
    for line in client:output():gmatch('{"number":[^\n]+') do
      local result = cjson.decode(line)
      table.insert(results[result.number + 1], result.value)
    end
  end

  setup(function()
    if not has("npm") or not has("node") then
      missing = "node and npm are not installed"
      return
    end
    folder, results = stores.folder(), {}
    local code, output = process.run({ "sh", "-c", INSTALL:format(HERE, folder, folder) })
    if code ~= 0 then missing = "npm could not install the client: " .. output:sub(-200) end
    if code == 0 then perform_jobs() end
  end)
  teardown(function()
    process.stop_all()
    outboxes.remove()
    if folder then stores.remove(folder) end
  end)

  -- A spec that looks at what a script has printed. The last line says what the schemas found.
  local function of_job(name, script, mode, answer, look)
    jobs[#jobs + 1] = { script = script, mode = mode, answer = answer }
    local number = #jobs
    it(name, function()
      if missing then return pending(missing) end
      local lines = results[number]
      assert.is_nil(lines[#lines].failed)
      assert.same({}, lines[#lines].wrong)
      assert.is_true(lines[#lines].count > 5)
      look(lines)
    end)
  end

  local function check_tools(lines)
    assert.is_true(lines[1].tools > 10)
    assert.equal(7 + lines[1].tools, #lines)
    assert.equal("invalid_argument", lines[5].error.kind)
    assert.is_true(#lines[6].told >= 2)
    for i, each in ipairs(lines[6].told) do
      assert.equal(2, each.total)
      assert.is_true(i == 1 or each.progress > lines[6].told[i - 1].progress)
    end
    for i = 7, #lines - 1 do
      assert.equal("invalid_argument", lines[i].refused)
      assert.is_true(lines[i].kind ~= "invalid_argument", lines[i].name)
    end
  end

  local VERSIONS = { legacy = "2025-11-25", auto = "2026-07-28", ["2026-07-28"] = "2026-07-28" }

  for mode, version in pairs(VERSIONS) do
    of_job("sends once after a yes, mode " .. mode, "drive", mode, "accept", function(lines)
      check_tools(lines)
      assert.same({ "accepted", lines[3].id, true }, { lines[3].outcome, lines[4].id, lines[4].repeated })
      assert.same({ 1, version }, { lines[6].questions, lines[6].era })
    end)
  end

  for mode, answer in pairs({ legacy = "decline", auto = "none", ["2026-07-28"] = "decline" }) do
    of_job("does not send, mode " .. mode .. ", answer " .. answer, "drive", mode, answer, function(lines)
      check_tools(lines)
      assert.same({ "forbidden", "not_sent" }, { lines[3].error.kind, lines[3].error.outcome })
      assert.equal(answer == "none" and 0 or 1, lines[6].questions) -- a no holds
    end)
  end

  for _, mode in ipairs({ "legacy", "2026-07-28" }) do
    of_job("keeps the outcome of a call that the client gave up while it was sent, mode " .. mode, "timeout", mode,
      "accept", function(lines)
        local seen = lines[1]
        assert.same({ "REQUEST_TIMEOUT", true, 0 }, { seen.code, seen.cancelled, seen.answered })
        assert.same({ "sending", "accepted", "4711" }, { seen.before, seen.after, seen.id })
        assert.same({ "4711", true, 1 }, { seen.again, seen.repeated, seen.taken })
      end)

    of_job("sends nothing again after it was killed between a message and its answer, mode " .. mode, "restart", mode,
      "accept", function(lines)
        local seen = lines[1]
        assert.same({ "CONNECTION_CLOSED", "REQUEST_TIMEOUT", "sending" }, { seen.code, seen.early, seen.before })
        assert.same({ "unknown", false, { "unknown" } }, { seen.outcome, seen.retryable, seen.listed })
        assert.truthy(seen.next:find("Do NOT call", 1, true))
        assert.same({ 0, 1 }, { seen.questions, seen.taken })
      end)
  end
end)
