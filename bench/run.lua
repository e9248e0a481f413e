--- Runs the sections and prints one table. `make bench` calls it; see bench/README.md.
--
--     luajit bench/run.lua [--json FILE] [--rounds N] [SECTION ...]

local report = require("bench.harness.report")
local command = require("bench.harness.command")
local services = require("bench.harness.service")
local usage = require("benchusage")

-- In the order of the table. A section that is long runs only when it is named.
local FILES = {
  "throughput", "host", "nginx", "peers", "garbage", "list", "processes", "ping", "memory", "text", "callback",
  "store", "postgres", "outbox",
}

local function read_arguments(words)
  local options, i = { rounds = 5, only = {} }, 1
  while words[i] do
    if words[i] == "--json" or words[i] == "--rounds" then
      options[words[i]:sub(3)], i = words[i + 1], i + 1
    else
      options.only[#options.only + 1] = words[i]
    end
    i = i + 1
  end
  options.rounds = tonumber(options.rounds)
  return options
end

local function all_sections()
  local sections = {}
  for _, file in ipairs(FILES) do
    for _, section in ipairs(require("bench.sections." .. file)) do
      sections[#sections + 1], sections[section.name] = section, section
    end
  end
  return sections
end

local function chosen(sections, names)
  local picked = {}
  if #names == 0 then
    for _, section in ipairs(sections) do
      if not section.is_long then picked[#picked + 1] = section end
    end
  end
  for i, name in ipairs(names) do
    picked[i] = sections[name]
    if not picked[i] then
      local known = {}
      for j, section in ipairs(sections) do known[j] = section.name end
      error(("there is no section %q; there are %s"):format(name, table.concat(known, ", ")), 0)
    end
  end
  return picked
end

local function machine()
  local function line(text) return (command.shell(text):gsub("%s+$", "")) end
  return {
    processors = tonumber(line("nproc")), model = line("sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1"),
    kernel = line("uname -sr"), curl = line("curl --version | head -n 1"), load = line("cut -d' ' -f1 /proc/loadavg"),
  }
end

-- A section that cannot run here says why, and the others go on.
local function run_section(section, bench, rows, problems)
  local began = usage.wall()
  local ok, result = pcall(section.run, bench)
  if not ok then
    problems[#problems + 1] = ("%s: %s"):format(section.name, tostring(result))
    result = {}
  end
  for _, row in ipairs(result) do
    row.section = section.name
    rows[#rows + 1] = row
  end
  io.stderr:write(("  %-10s %5.1f s%s\n"):format(section.name, usage.wall() - began, ok and "" or "  FAILED"))
end

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text, "\n")
  file:close()
end

local function main()
  local options = read_arguments(arg)
  local sections = chosen(all_sections(), options.only)
  local here = machine()
  if here.processors < 2 then error("the service and what is measured need a processor each", 0) end
  local bench = { rounds = options.rounds, service = services.start() }
  local rows, problems = {}, {}
  for _, section in ipairs(sections) do run_section(section, bench, rows, problems) end
  bench.service:stop()
  print(("%d processors (%s), %s, %s; load %s at the start; medians of at most %d rounds\n"):format(here.processors,
    here.model, here.kernel, here.curl:match("libcurl/%S+") or "", here.load, options.rounds))
  if tonumber(here.load) > 0.5 then
    print("The machine was busy: its rates and times are wrong, and only the ratios of processor time mean much.\n")
  end
  print(report.table(rows))
  for _, problem in ipairs(problems) do print("\n" .. problem) end
  if options.json then write_file(options.json, report.json(rows, here)) end
  return #problems == 0 and 0 or 1
end

local ok, result = pcall(main)
if not ok then io.stderr:write("bench: ", tostring(result), "\n") end
os.exit(ok and result or 1)
