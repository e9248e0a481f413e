--- Counts what a send costs, and compares it with the baseline. Nothing here measures time: a busy machine gives the
-- same numbers. `make guard` and `make guard-renew` call it.
--
--     luajit bench/guard/run.lua check|renew|show

local baselines = require("bench.guard.baseline")
local command = require("bench.harness.command")
local services = require("bench.harness.service")

local PATH = "bench/guard/baseline.txt"
local BUILD = os.getenv("BUILD") or "build"
-- And the answer that each gets, after a while: whether one that comes at once is waited for depends on the machine.
local PROGRAMS = { blocking = "/delayed", tick = "/delayed", engine = "/delayed", list = "/delayed/many" }

-- A figure is of the sends that the second run has more than the first: what the start costs cancels out.
local SENDS = { callgrind = { 50, 250 }, plain = { 20, 120 } }

local CALLGRIND = "valgrind --tool=callgrind --callgrind-out-file=/dev/null"

local function first_line(text)
  return (command.must(text):match("[^\n]*"))
end

-- Of everything whose instructions are counted too.
local function versions()
  local curl = first_line(command.lua("lua5.4", "-e", "print(require('vertexsms').curl_version)"))
  return {
    libcurl = curl:match("libcurl/(%S+)"), openssl = curl:match("OpenSSL/(%S+)") or "none",
    gcc = first_line((os.getenv("CC") or "cc") .. " -dumpfullversion"), machine = first_line("uname -m"),
    glibc = first_line("ldd --version"):match("[%d.]+$"), lua = first_line("lua5.4 -v"):match("Lua (%S+)"),
    luajit = first_line("luajit -v"):match("LuaJIT (%S+)"), valgrind = first_line("valgrind --version"):match("[%d.]+"),
  }
end

-- Addresses, environment and clocks are the same in every run (see counting.c): hashes and the order of tables are too.
local function count(lua, program, url, sends, wrapper)
  local file = os.tmpname()
  local counted = command.lua_under("setarch -R " .. wrapper, lua, ("bench/guard/%s.lua"):format(program), url, sends)
  local output = command.must(("env -i PATH=\"$PATH\" BENCH_ALLOCATIONS=%s LD_PRELOAD=%s/bench/counting.so %s"):format(
    file, BUILD, counted))
  local allocations = tonumber(first_line("cat " .. file))
  os.remove(file)
  return {
    allocations = allocations, garbage = tonumber(output:match("garbage=(%d+)")),
    instructions = tonumber(output:match("Collected : (%d+)")),
  }
end

local function per_send(lua, program, url, sends, wrapper)
  local few, many = count(lua, program, url, sends[1], wrapper), count(lua, program, url, sends[2], wrapper)
  local figures = {}
  for name, value in pairs(many) do figures[name] = (value - few[name]) / (sends[2] - sends[1]) end
  return figures
end

local function measure()
  local service, figures = services.start(), {}
  for program, path in pairs(PROGRAMS) do
    local url = service.url .. path
    for name, value in pairs(per_send("lua5.4", program, url, SENDS.callgrind, CALLGRIND)) do
      figures[("%s.%s.lua5.4"):format(program, name)] = value
    end
    for name, value in pairs(per_send("luajit", program, url, SENDS.plain, "")) do
      figures[("%s.%s.luajit"):format(program, name)] = value
    end
  end
  service:stop()
  return figures
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function skip(differences)
  local line = ("!"):rep(100)
  print(line)
  print("make guard was SKIPPED: its baseline was counted with other versions.")
  for _, difference in ipairs(differences) do print("  " .. difference) end
  print(("Nothing says here whether a send has become more expensive. `%s` counts anew."):format(baselines.RENEW))
  print(line)
end

local function print_comparison(compared)
  local grown = 0
  for _, figure in ipairs(compared) do
    print(("%-34s %10.1f  was %10.1f  %s"):format(figure.name, figure.now, figure.was or 0,
      figure.grown and "GROWN" or figure.shrunk and "less: renew the baseline, so that it stays so" or "ok"))
    if figure.grown then grown = grown + 1 end
  end
  return grown
end

local commands = {}

function commands.check()
  local baseline = baselines.parse(read(PATH))
  local differences = baselines.other_versions(baseline, versions())
  if #differences > 0 then return skip(differences) end
  local grown = print_comparison(baselines.compare(baseline, measure()))
  if grown == 0 then return print("guard: a send costs no more than it did") end
  error(("%d figures have grown by more than 3 %% over %s. If the change is worth it: %s, and commit the file."):format(
    grown, PATH, baselines.RENEW), 0)
end

function commands.renew()
  local text = baselines.format(versions(), measure())
  local file = assert(io.open(PATH, "w"))
  file:write(text)
  file:close()
  print(text)
end

function commands.show()
  io.write(baselines.format(versions(), measure()))
end

local ok, reason = pcall(commands[arg[1] or "check"])
io.stdout:flush()
if not ok then io.stderr:write("guard: ", tostring(reason), "\n") end
os.exit(ok and 0 or 1)
