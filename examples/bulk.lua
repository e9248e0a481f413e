-- Sends the messages of a CSV file, each once, however often it is run.
--
--     VERTEXSMS_TOKEN=... lua examples/bulk.lua messages.csv journal.csv
--
-- messages.csv has the columns `to` and `message`, with a header. The journal is made by this program. It has a line
-- before and after each send. So a run that was stopped, or lost its network, goes on where it was. A message whose
-- outcome is unknown is not sent again: look at these by hand, or at their delivery reports.
--
-- Exit codes: 0 all accepted; 1 something is wrong, or was rejected; 2 run it again later; 3 outcomes are unknown.

local address = require("vertexsms.address")
local text = require("vertexsms.text")
local vertexsms = require("vertexsms")

local FROM = "MyShop"
local PROBLEMS_MAX = 20

local function stop(code, ...)
  io.stderr:write(table.concat({ ... }), "\n")
  os.exit(code)
end

-- Fields with commas, quotes and line ends in quotes (RFC 4180). Returns rows { line, fields... }.
local function parse_csv(content)
  local rows, row, line, at = {}, nil, 1, 1
  while at <= #content do
    row = row or { line = line }
    local field, separator
    if content:sub(at, at) == '"' then
      local last = at
      repeat
        last = content:find('"', last + 1, true) or stop(1, "line ", row.line, ": a quote is not closed")
        local is_doubled = content:sub(last + 1, last + 1) == '"'
        if is_doubled then last = last + 1 end
      until not is_doubled
      field = content:sub(at + 1, last - 1):gsub('""', '"')
      separator, at = content:match("^(,?\r?\n?)()", last + 1)
      line = line + select(2, field:gsub("\n", ""))
    else
      field, separator, at = content:match("^([^,\r\n]*)(,?\r?\n?)()", at)
      if separator == "" and at <= #content then stop(1, "line ", line, ": not CSV") end
    end
    row[#row + 1] = field
    if separator:sub(1, 1) ~= "," then
      rows[#rows + 1], row, line = row, nil, line + 1
    elseif separator ~= "," then -- the last field is empty
      row[#row + 1] = ""
      rows[#rows + 1], row, line = row, nil, line + 1
    end
  end
  rows[#rows + 1] = row
  return rows
end

local function read_messages(path)
  local file = io.open(path, "rb") or stop(1, path, " cannot be read")
  local rows = parse_csv((file:read("*a"):gsub("^\239\187\191", ""))) -- the mark that spreadsheets put first
  file:close()
  local columns = {}
  for i, name in ipairs(table.remove(rows, 1) or {}) do columns[name] = i end
  if not columns.to or not columns.message then stop(1, path, ": line 1 must name the columns to and message") end
  local messages = {}
  for _, row in ipairs(rows) do
    if #row > 1 or row[1] ~= "" then
      messages[#messages + 1] = { line = row.line, to = row[columns.to], message = row[columns.message] }
    end
  end
  return messages
end

-- Everything that is wrong, before anything is sent.
local function check(messages)
  local problems, lines, parts = {}, {}, 0
  for _, message in ipairs(messages) do
    local digits, reason = address.msisdn(message.to)
    local cost, err = text.safe.analyze(message.message or "")
    if not digits then
      reason = "to " .. reason
    elseif lines[digits] then
      reason = "the same number as in line " .. lines[digits]
    elseif not cost or (message.message or "") == "" then
      reason = err and err.message or "message is missing"
    end
    if reason then problems[#problems + 1] = ("line %d: %s"):format(message.line, reason) end
    if digits then message.to, lines[digits] = digits, lines[digits] or message.line end
    parts = parts + (cost and cost.parts or 0)
  end
  if #problems == 0 then return parts end
  stop(1, table.concat(problems, "\n", 1, math.min(#problems, PROBLEMS_MAX)),
    ("\n%d lines are wrong; nothing was sent"):format(#problems))
end

-- What is known of each number: the last line counts. "sending" without an end is an outcome that is not known. A
-- line that was cut off is as if it had not been written: a send begins after its line.
local function read_journal(path)
  local states = {}
  local file = io.open(path, "r")
  if not file then return states end
  for line in file:lines() do
    local to, state = line:match("^(%d+),(%l+),%d*$")
    if to then states[to] = state == "sending" and "unknown" or state end
  end
  file:close()
  return states
end

if #arg ~= 2 then stop(2, "usage: lua examples/bulk.lua MESSAGES.csv JOURNAL.csv") end
local messages = read_messages(arg[1])
local parts = check(messages)
local states = read_journal(arg[2])
local client, reason = vertexsms.safe.new()
if not client then stop(1, tostring(reason)) end

local journal = io.open(arg[2], "a") or stop(1, arg[2], " cannot be written")
journal:write("\n") -- after a line that was cut off

local function note(to, state, id)
  assert(journal:write(("%s,%s,%s\n"):format(to, state, id or "")))
  assert(journal:flush())
end

-- Returns an error that the next message would meet as well.
local function send(message)
  note(message.to, "sending")
  local sent, err = client:send({ to = message.to, from = FROM, message = message.message })
  local state = sent and "accepted" or err.outcome == "unknown" and "unknown" or err.retryable and "later" or "rejected"
  note(message.to, state, sent and sent.id)
  states[message.to] = state
  if sent then return end
  io.stderr:write(("line %d: %s\n"):format(message.line, tostring(err)))
  if err.retryable or err.kind == "unauthorized" or err.kind == "forbidden" then
    states[message.to] = "later"
    note(message.to, "later") -- nothing was sent
    return err
  end
end

print(("%d messages, %d parts"):format(#messages, parts))
for _, message in ipairs(messages) do
  local state = states[message.to]
  if (not state or state == "later") and send(message) then break end
end
client:close()

local counts = { accepted = 0, rejected = 0, unknown = 0, later = 0 }
for _, message in ipairs(messages) do
  local state = states[message.to] or "later"
  counts[state] = counts[state] + 1
end
print(("%d accepted, %d rejected, %d unknown, %d not sent yet"):format(
  counts.accepted, counts.rejected, counts.unknown, counts.later))
os.exit(counts.unknown > 0 and 3 or counts.later > 0 and 2 or counts.rejected > 0 and 1 or 0)
