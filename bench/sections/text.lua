--- What counting costs: the core beside memcpy over the same octets, the Lua functions beside npm's
-- sms-segments-calculator over the same texts. The npm half is left out where there is no node, npm or registry.

local command = require("bench.harness.command")
local rounds = require("bench.harness.rounds")

local function once(value) return rounds.summary({ value }) end

local function against_memcpy(rows)
  local output = command.must(("taskset -c %s %s"):format(command.CLIENT, command.compiled("text")))
  for name, octets, copy, analyze in output:gmatch("(%S+) (%d+) (%S+) (%S+)") do
    copy, analyze = tonumber(copy), tonumber(analyze)
    rows[#rows + 1] = {
      what = ("text in C, %s, %s octets"):format(name, octets), unit = "ns", against = "memcpy", ours = once(analyze),
      theirs = once(copy), ratio = once(analyze / copy),
    }
  end
end

local SCRIPT = [[
const { SegmentedMessage } = require("sms-segments-calculator");
for (const sample of require("./texts.json")) {
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
local function measure_npm(texts)
  local found = {}
  if not (command.has_program("node") and command.has_program("npm")) then return found end
  local folder = command.must("mktemp -d"):gsub("%s+$", "")
  write(folder .. "/texts.json", require("cjson").encode(texts))
  write(folder .. "/bench.js", SCRIPT)
  local install = "timeout 20 npm install --silent --no-fund --no-audit sms-segments-calculator >/dev/null 2>&1"
  local output = command.shell(("cd '%s' && %s && node bench.js"):format(folder, install))
  for ns, parts in output:gmatch("(%S+) (%d+)\n") do
    found[#found + 1] = { ns = tonumber(ns), parts = tonumber(parts) }
  end
  os.execute("rm -rf " .. command.quote(folder))
  return found
end

local function new_row(case, name, numbers, theirs)
  local row = {
    what = ("text.%s, %s"):format(name, case.name), lua = case.lua, unit = "ns", ours = once(numbers[name .. "_ns"]),
  }
  if theirs and theirs.parts == numbers.parts then
    row.against, row.theirs, row.ratio = "npm", once(theirs.ns), once(numbers[name .. "_ns"] / theirs.ns)
  end
  return row
end

local function run()
  local rows, texts = {}, require("bench.programs.texts")
  against_memcpy(rows)
  local samples = {}
  for i, text in ipairs(texts) do samples[i] = text[2] end
  local npm = measure_npm(samples)
  for _, lua in ipairs(command.LUAS) do
    for i, text in ipairs(texts) do
      local numbers = command.measure(command.lua(lua, "bench/programs/text.lua", i))
      for _, name in ipairs({ "count", "analyze" }) do
        rows[#rows + 1] = new_row({ name = text[1], lua = lua }, name, numbers, npm[i])
      end
    end
  end
  return rows
end

return { { name = "text", run = run } }
