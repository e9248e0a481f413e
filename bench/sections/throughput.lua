--- Sends in a second beside a bare libcurl loop: the same request, the same service, the same processor.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local IN_FLIGHT, MANY = 50, 2000
local SENDS, BLOCKING_SENDS = 6000, 3000

-- `sends` and `in_flight` of a case that stands beside the bare loop.
local function new_case(bench, options, program, lua)
  local base = options.tls and bench.service.tls_url or bench.service.url
  local text
  if lua then
    text = command.lua(lua, ("bench/programs/%s.lua"):format(program), base, options.sends, options.in_flight)
  else
    text = command.compiled(program, base .. "/sms", options.sends, options.in_flight)
  end
  if options.tls then text = ("env BENCH_CA_FILE=%s %s"):format(bench.service.ca_file, text) end
  return { lua = lua, run = function() return command.measure(text, options.cpus) end }
end

local function new_row(options, lua, ours, theirs)
  return {
    what = options.what, lua = lua, unit = "/s", against = options.against, goal = options.goals[lua],
    ours = rounds.figure(ours, rounds.rate), theirs = rounds.figure(theirs, rounds.rate),
    ratio = rounds.ratio(ours, theirs, rounds.rate), cpu = rounds.ratio(ours, theirs, rounds.cpu_us),
  }
end

-- One bare loop beside one program on each Lua.
local function compare(bench, options)
  local cases = { new_case(bench, options, options.bare) }
  for _, lua in ipairs(command.LUAS) do cases[#cases + 1] = new_case(bench, options, options.program, lua) end
  local samples, rows = rounds.alternate(bench.rounds, cases), {}
  for i = 2, #cases do rows[#rows + 1] = new_row(options, cases[i].lua, samples[i], samples[1]) end
  return rows
end

local function goals(luajit, lua)
  return { luajit = ">= " .. luajit, ["lua5.4"] = ">= " .. lua }
end

local function multi(options)
  options.bare, options.against = "bare_multi", "C curl_multi loop"
  options.sends, options.in_flight = options.sends or SENDS, options.in_flight or IN_FLIGHT
  return options
end

local function easy(options)
  options.bare, options.against, options.program = "bare_easy", "C curl_easy loop", "blocking"
  options.sends, options.in_flight = BLOCKING_SENDS, 1
  return options
end

local SECTIONS = {
  { "tick", {
    multi { what = "tick, 50 in flight", program = "tick", goals = goals("0.85", "0.75") },
    multi { what = "tick, 50 in flight, TLS", program = "tick", tls = true, goals = goals("0.85", "0.75") },
  } },
  { "all", {
    multi { what = "client:all, 50 in flight", program = "all", goals = goals("0.80", "0.70") },
    multi { what = "client:all, 2000 in flight", program = "all", in_flight = MANY, goals = goals("0.80", "0.70") },
  } },
  { "luv", { multi { what = "luv, 50 in flight", program = "luv", goals = goals("0.85", "0.75") } } },
  { "core", { multi { what = "core alone, 50 in flight", program = "core", goals = goals("0.97", "0.97") } } },
  { "both", {
    multi {
      what = "tick, 50 in flight, both CPUs", program = "tick", cpus = command.BOTH, goals = goals("0.95", "0.95"),
    },
    multi {
      what = "tick, 50 in flight, both CPUs, TLS", program = "tick", cpus = command.BOTH, tls = true,
      goals = goals("0.95", "0.95"),
    },
  } },
  { "blocking", {
    easy { what = "blocking", goals = goals("0.95, CPU <= 1.1", "0.95, CPU <= 1.1") },
    easy { what = "blocking, TLS", tls = true, goals = goals("0.95, CPU <= 1.1", "0.95, CPU <= 1.1") },
  } },
}

local sections = {}
for i, section in ipairs(SECTIONS) do
  sections[i] = {
    name = section[1],
    run = function(bench)
      local rows = {}
      for _, options in ipairs(section[2]) do
        for _, row in ipairs(compare(bench, options)) do rows[#rows + 1] = row end
      end
      return rows
    end,
  }
end
return sections
