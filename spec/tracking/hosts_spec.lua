-- A tracking over a database in the loop of each host, which goes on while the disk is waited for.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")
local tracks = require("spec.support.tracked")

local COUNT = 20
local faults

setup(function() faults = fault_servers.start() end)
teardown(function()
  faults:stop()
  process.stop_all()
  tracks.remove_files()
end)

-- Sends from coroutines of the host's loop; every other send is unknown, and settled by its report.
local WORK = [[
  local core = require("vertexsms.core")
  local vertexsms = require("vertexsms")
  local accepted, resolved, running, turns, blocked = 0, 0, %d, 0, 0
  local function client_of(url)
    return vertexsms.safe.new { token = "token-of-a-host", base_url = url, host = %q, retry = false, track = {
      url = "https://example.com/dlr", store = %q, on_resolved = function() resolved = resolved + 1 end,
    } }
  end
  -- Where the host waits, its thread does not ask the store.
  local methods = debug.getmetatable(core.store({ path = "/nowhere/at/all" })).__index
  local client, broken = client_of(%q), client_of(%q)
  local perform = methods.perform
  methods.perform = function(...)
    blocked = blocked + 1
    return perform(...)
  end
  local function message(number) return { to = "37069912345", from = "MyShop", message = "host " .. number } end
  local function work(number)
    local sent = client:send(message(number))
    accepted = accepted + (sent and 1 or 0)
    local _, err = broken:send(message(number))
    client.tracking:settle(err.tracking_id, { id = "5", state = "delivered" })
    running = running - 1
  end
  local function finish()
    print("accepted", accepted, "resolved", resolved, "open", #client.tracking:expire(9e9), turns > 1, blocked)
  end
]]

local HOSTS = {
  luv = [[
    local uv = require("luv")
    %s
    local timer = uv.new_timer()
    for number = 1, COUNT do coroutine.wrap(work)(number) end
    timer:start(1, 1, function()
      turns = turns + 1
      if running == 0 then timer:close() end
    end)
    uv.run()
    methods.perform = perform
    finish()]],
  cqueues = [[
    local cqueues = require("cqueues")
    local loop = cqueues.new()
    %s
    for number = 1, COUNT do loop:wrap(work, number) end
    loop:wrap(function()
      while running > 0 do
        cqueues.sleep(0.001)
        turns = turns + 1
      end
    end)
    assert(loop:loop())
    methods.perform = perform
    finish()]],
  tick = [[
    local core = require("vertexsms.core")
    %s
    for number = 1, COUNT do coroutine.wrap(work)(number) end
    while running > 0 do
      turns = turns + 1
      client:update()
      broken:update()
      core.sleep(0.001)
    end
    methods.perform = perform
    finish()]],
}

describe("a tracking over a database", function()
  for host, program in pairs(HOSTS) do
    it("does not hold up " .. host, function()
      local work = WORK:format(COUNT, host, tracks.new_path(), faults:url("slow", "/5"), faults:url("status", "/500"))
      local code = program:gsub("COUNT", COUNT):gsub("%%s", function() return work end)
      local status, output, errors = process.run({ process.lua(), "-e", code })
      local expected = ("accepted\t%d\tresolved\t%d\topen\t0\ttrue\t0\n"):format(COUNT, COUNT)
      assert.same({ 0, expected }, { status, output }, errors)
    end)
  end
end)
