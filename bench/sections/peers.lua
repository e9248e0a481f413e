--- What a send costs beside the libraries that a script would use else: processor time of the whole process, with the
-- JSON both ways. Only what is installed is measured.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

-- Debian has lua-http and lua-curl for Lua 5.1 alone.
local LUA = "luajit"
local IN_FLIGHT = 20

local PEERS = {
  {
    what = "lua-curl, kept handle", module = "curl", program = "lua_curl", ours = "blocking", sends = 3000,
    goal = "< 1",
  },
  {
    what = "lua-http, kept connections", module = "http.client", program = "lua_http_kept", ours = "cqueues",
    sends = 4000, in_flight = IN_FLIGHT, goal = "<= 0.7",
  },
  {
    what = "lua-http, request:go", module = "http.request", program = "lua_http_go", ours = "cqueues", sends = 2000,
    in_flight = IN_FLIGHT, goal = "<= 0.5",
  },
  {
    what = "lua-http, request:go, TLS", module = "http.request", program = "lua_http_go", ours = "cqueues", sends = 200,
    in_flight = IN_FLIGHT, tls = true, goal = "<= 0.05",
  },
  {
    what = "LuaSocket", module = "socket.http", program = "luasocket", ours = "blocking", sends = 2000,
    goal = "<= 0.5",
  },
}

local function new_case(bench, peer, program, sends)
  local text = command.lua(LUA, ("bench/programs/%s.lua"):format(program),
    peer.tls and bench.service.tls_url or bench.service.url, sends, peer.in_flight or 1)
  if peer.tls then text = ("env BENCH_CA_FILE=%s %s"):format(bench.service.ca_file, text) end
  return { run = function() return command.measure(text) end }
end

-- With TLS a peer makes so few sends that ours need more of them to be measured at all.
local function compare(bench, peer)
  local samples = rounds.alternate(bench.rounds, {
    new_case(bench, peer, peer.ours, math.max(peer.sends, 2000)), new_case(bench, peer, peer.program, peer.sends),
  })
  return {
    what = ("CPU per send, %s"):format(peer.ours), lua = LUA, unit = "µs", against = peer.what, goal = peer.goal,
    ours = rounds.figure(samples[1], rounds.cpu_us), theirs = rounds.figure(samples[2], rounds.cpu_us),
    ratio = rounds.ratio(samples[1], samples[2], rounds.cpu_us),
  }
end

local function run(bench)
  local rows = {}
  for _, peer in ipairs(PEERS) do
    if command.has_module(LUA, peer.module) then
      rows[#rows + 1] = compare(bench, peer)
    else
      io.stderr:write(("  (%s is not installed)\n"):format(peer.what))
    end
  end
  return rows
end

return { { name = "peers", run = run } }
