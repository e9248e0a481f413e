--- `vertexsms outbox status`, `list`, `show`, `export`: what is in the outbox.
--
-- Tested in spec/cli/outbox/view_spec.lua.

local names = require("vertexsms.cli.names")
local numbers = require("vertexsms.base.number")
local opening = require("vertexsms.cli.outbox.opening")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local tables = require("vertexsms.cli.table")

local M = {}

local PAGE = 500

local function fail(err, args) return outcome.report(names.of_call(err, "outbox"), args.json, true) end

local function ask(args, work) return opening.with(args, nil, work, { is_question = true }) end

local function time_of(seconds)
  return seconds and os.date("%Y-%m-%d %H:%M:%S", math.floor(seconds)) or nil
end

local function print_status(status)
  local counts = {}
  for _, name in ipairs(require("vertexsms.outbox.states").names) do
    if status.counts[name] > 0 then counts[#counts + 1] = { name, status.counts[name] } end
  end
  tables.print(counts, { {}, { right = true } })
  tables.print_fields({
    { "in all", status.counts.total }, { "paused", status.paused }, { "since", time_of(status.paused_at) },
    { "waits", status.waits and ("%.0f s more"):format(status.waits) },
    { "waits for", status.waits and status.waits_for },
    { "rate", status.rate and numbers.write(status.rate) .. " messages a second" },
    { "oldest", time_of(status.oldest) },
  })
end

--- Prints how many messages are in each state, and what holds the outbox up.
---@param args table
---@return integer exit code
function M.status(args)
  return ask(args, function(outbox)
    local status, err = outbox:status()
    if not status then return fail(err, args) end
    if args.json then outcome.print_json(status) else print_status(status) end
    return outcome.DONE
  end)
end

local COLUMNS = { { title = "id", right = true }, { title = "state" }, { title = "to" }, { title = "changed" },
  { title = "key" }, { title = "reason" } }

local function cells_of(row)
  return { row.id, row.state, row.message.to, time_of(row.changed_at), row.key, row.reason }
end

--- Prints messages of one state, or of all.
---@param args table
---@return integer exit code
function M.list(args)
  return ask(args, function(outbox)
    local list, err = outbox:list({ state = args.state, after = args.after, limit = args.limit })
    if not list then return fail(err, args) end
    tables.print_records(list, args.json, COLUMNS, cells_of)
    return outcome.DONE
  end)
end

local function print_row(row)
  tables.print_fields({
    { "id", row.id }, { "key", row.key }, { "state", row.state }, { "to", row.message.to },
    { "from", row.message.from }, { "message", row.message.message }, { "reason", row.reason }, { "field", row.field },
    { "VertexSMS's ID", row.vertexsms_id }, { "parts", row.parts }, { "attempts", row.attempts },
    { "added", time_of(row.created_at) }, { "send before", time_of(row.send_before) },
  })
  for _, change in ipairs(row.history) do
    output.print(("%s  %s -> %s%s%s"):format(time_of(change.at), change.from, change.to,
      change.by and "  by " .. change.by or "", change.reason and "  (" .. change.reason .. ")" or ""))
  end
end

--- Prints one message and its history.
---@param args table
---@return integer exit code
function M.show(args)
  return ask(args, function(outbox)
    local row, err = outbox:get(args.id)
    if not row then return fail(err, args) end
    M.print(row, args)
    return outcome.DONE
  end)
end

---@param row vertexsms.OutboxRow
---@param args table
function M.print(row, args)
  if args.json then outcome.print_json(row) else print_row(row) end
end

-- RFC 3339, so that a spreadsheet knows it for a time.
local function utc_of(seconds) return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds)) end

local IS_TIME = { created_at = true, changed_at = true }

local EXPORTED = { "id", "key", "state", "to", "from", "message", "vertexsms_id", "parts", "reason", "attempts",
  "created_at", "changed_at" }

-- RFC 4180. What a spreadsheet would take for a formula is text.
local function csv_field(value)
  local text = value == nil and "" or type(value) == "number" and numbers.write(value) or tostring(value)
  if text:find("^[=+@-]") and type(value) ~= "number" then text = "'" .. text end
  return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

local function csv_line(row)
  local fields = {}
  for i, name in ipairs(EXPORTED) do
    local value = row.message[name]
    if value == nil and name ~= "message" then value = row[name] end
    fields[i] = csv_field(IS_TIME[name] and utc_of(value) or value)
  end
  return table.concat(fields, ",")
end

local function print_exported(row, args)
  if args.csv then output.print(csv_line(row)) else outcome.print_json(row) end
end

--- Prints every message, as CSV or as JSON.
---@param args table
---@return integer exit code
function M.export(args)
  return ask(args, function(outbox)
    if args.csv then output.print(table.concat(EXPORTED, ",")) end
    local after = 0
    while not output.lost do
      local list, err = outbox:list({ state = args.state, after = after, limit = PAGE })
      if not list then return fail(err, args) end
      for _, row in ipairs(list) do print_exported(row, args) end
      if #list < PAGE then break end
      after = list[#list].id
    end
    return outcome.DONE
  end)
end

return M
