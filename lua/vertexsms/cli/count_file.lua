--- What the lines of a file cost, each a message, summed up.
--
-- Tested in spec/cli/commands/count_spec.lua.

local lines = require("vertexsms.cli.lines")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local progress = require("vertexsms.cli.progress")
local tables = require("vertexsms.cli.table")
local text = require("vertexsms.text").safe

local M = {}

-- Lines that cannot be messages are named, but not all of a file of the wrong kind.
local NAMED_MAX = 10

local function new_sum()
  return {
    messages = 0, parts = 0, smart_parts = 0, empty = 0, invalid = 0, problems = {},
    encodings = { ["GSM-7"] = { messages = 0, parts = 0 }, ["UCS-2"] = { messages = 0, parts = 0 } },
  }
end

local function refuse(sum, number, err)
  sum.invalid = sum.invalid + 1
  if #sum.problems < NAMED_MAX then sum.problems[#sum.problems + 1] = { line = number, message = err.message } end
end

-- Only a text that is not GSM-7 can become cheaper.
local function smart_parts(line, parts, encoding, options)
  if encoding == "GSM-7" then return parts end
  local simpler = text.simplify(line, options)
  return (text.count(simpler, { reference = options.reference }))
end

local function add(sum, line, number, options)
  if line == "" then
    sum.empty = sum.empty + 1
    return
  end
  local parts, encoding = text.count(line, { reference = options.reference })
  if not parts then return refuse(sum, number, encoding) end
  local group = sum.encodings[encoding]
  group.messages, group.parts = group.messages + 1, group.parts + parts
  sum.messages, sum.parts = sum.messages + 1, sum.parts + parts
  sum.smart_parts = sum.smart_parts + smart_parts(line, parts, encoding, options)
end

local function show(sum)
  local rows = {}
  for _, name in ipairs { "GSM-7", "UCS-2" } do
    local group = sum.encodings[name]
    rows[#rows + 1] = { name, group.messages, group.parts }
  end
  rows[#rows + 1] = { "all", sum.messages, sum.parts }
  rows[#rows + 1] = { "smart encoding", sum.messages, sum.smart_parts }
  tables.print(rows, { {}, { title = "MESSAGES", right = true }, { title = "PARTS", right = true } })
  output.print(("smart encoding saves %d of %d parts"):format(sum.parts - sum.smart_parts, sum.parts))
  if sum.empty > 0 then output.print("empty lines left out: " .. sum.empty) end
end

local function json_of(sum)
  return {
    messages = sum.messages, parts = sum.parts, encodings = sum.encodings, empty = sum.empty, invalid = sum.invalid,
    smart = { parts = sum.smart_parts, saved_parts = sum.parts - sum.smart_parts },
    problems = require("vertexsms.json").array(sum.problems),
  }
end

local function report_problems(sum)
  for _, reason in ipairs(sum.problems) do
    outcome.say(("line %d: %s"):format(reason.line, reason.message))
  end
  if sum.invalid > #sum.problems then
    outcome.say(("and %d more lines like these"):format(sum.invalid - #sum.problems))
  end
end

local function open(path)
  if path == "-" then return io.stdin end
  local file, reason = io.open(path, "rb")
  if not file then return nil, "cannot read " .. reason end
  return file, nil
end

-- Nil for what has no size, a pipe for instance.
local function size_of(file)
  local size = file:seek("end")
  return size and file:seek("set") and size
end

---@param path string
---@param options vertexsms.SimplifyOptions
---@param as_json boolean|nil
---@return integer exit code
function M.run(path, options, as_json)
  local file, reason = open(path)
  if not file then return outcome.refuse(reason, as_json) end
  local size = path ~= "-" and size_of(file)
  local bar, sum, number, done = size and progress.new(size, "octets"), new_sum(), 0, 0
  reason = lines.each(file, path, function(line, octets)
    number, done = number + 1, done + octets
    add(sum, line, number, options)
    if bar then bar:set(done) end
  end)
  if bar then bar:clear() end
  if file ~= io.stdin then file:close() end
  if reason then return outcome.refuse(reason, as_json) end
  if as_json then outcome.print_json(json_of(sum)) else show(sum) end
  if not as_json then report_problems(sum) end
  return sum.invalid > 0 and outcome.REFUSED or outcome.DONE
end

return M
