--- What counting costs: the core beside memcpy over the same octets, the Lua functions beside npm's
-- sms-segments-calculator over the same texts.  Ratios of one run on one machine; nothing here fails.
--
--     lua bench/text.lua            (LUA_PATH and LUA_CPATH as for the specs)
--
-- Needs a C compiler ($CC, else cc).  The npm half needs node and npm, and the registry; it is left out without them.

local text = require("vertexsms.text")

local SOURCES = "bench/text_bench.c csrc/text/*.c csrc/base/error.c"
local ROUNDS, CALLS = 7, 50000

local function run(command)
  local pipe = io.popen(command, "r")
  local output = pipe:read("*a")
  pipe:close()
  return output
end

local function in_new_folder(use)
  local folder = run("mktemp -d"):gsub("%s+$", "")
  use(folder)
  os.execute("rm -rf '" .. folder .. "'")
end

local function row(...)
  print(("%-34s %9s %14s %14s %9s"):format(...))
end

local function against_memcpy(folder)
  local compiler = os.getenv("CC") or "cc"
  os.execute(("%s -O2 -std=gnu11 -D_GNU_SOURCE -Icsrc %s -o %s/bench"):format(compiler, SOURCES, folder))
  row("core", "octets", "memcpy ns", "analyze ns", "ratio")
  for name, octets, copy, analyze in run(folder .. "/bench"):gmatch("(%S+) (%S+) (%S+) (%S+)") do
    row(name, octets, copy, analyze, ("%.1f"):format(tonumber(analyze) / tonumber(copy)))
  end
end

-- 160 characters each; { name, text }.
local TEXTS = {
  { "ascii", ("Your code is 4815. It is good for 10 minutes, and for one try. "):rep(3):sub(1, 160) },
  { "curly quote at the end (UCS-2)", ("Your code is 4815. It is good now. "):rep(5):sub(1, 159) .. "’" },
  { "cyrillic", ("Ваш код "):rep(20) },
}

local function median_ns(fn, sample)
  local times = {}
  for round = 1, ROUNDS do
    local begin = os.clock()
    for _ = 1, CALLS do fn(sample) end
    times[round] = (os.clock() - begin) / CALLS * 1e9
  end
  table.sort(times)
  return times[math.ceil(ROUNDS / 2)]
end

local SCRIPT = [[
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = require("./texts.json");
for (const sample of texts) {
  const times = [];
  let parts = 0;
  for (let round = 0; round < 7; round++) {
    const calls = 500, begin = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) parts = new SegmentedMessage(sample).segmentsCount;
    times.push(Number(process.hrtime.bigint() - begin) / calls);
  }
  times.sort((a, b) => a - b);
  console.log(times[3], parts);
}
]]

local function write(path, content)
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
end

-- Nanoseconds and parts of each text, as the npm package has them; nothing where it cannot be had.
local function measure_npm(folder)
  local samples = {}
  for i, case in ipairs(TEXTS) do samples[i] = ('"%s"'):format(case[2]) end
  write(folder .. "/texts.json", "[" .. table.concat(samples, ",") .. "]")
  write(folder .. "/bench.js", SCRIPT)
  local found = {}
  local command = "cd '%s' && npm install --silent --no-fund --no-audit sms-segments-calculator >/dev/null 2>&1"
    .. " && node bench.js 2>/dev/null"
  for ns, parts in run(command:format(folder)):gmatch("(%S+) (%d+)") do
    found[#found + 1] = { ns = tonumber(ns), parts = tonumber(parts) }
  end
  return found
end

local function against_npm(folder)
  local npm = measure_npm(folder)
  if #npm == 0 then print("(sms-segments-calculator is not to be had: no comparison)") end
  local lua = package.loaded.jit and package.loaded.jit.version or _VERSION
  for _, name in ipairs({ "count", "analyze" }) do
    row(("text.%s, %s"):format(name, lua), "parts", "npm ns", "here ns", "ratio")
    for i, case in ipairs(TEXTS) do
      local here, theirs = median_ns(text[name], case[2]), npm[i]
      row(case[1], text.analyze(case[2]).parts, theirs and ("%.0f"):format(theirs.ns) or "-", ("%.0f"):format(here),
        theirs and ("%.0f"):format(theirs.ns / here) or "-")
      if theirs and theirs.parts ~= text.count(case[2]) then print("  (npm counts " .. theirs.parts .. " parts)") end
    end
  end
end

in_new_folder(against_memcpy)
in_new_folder(against_npm)
