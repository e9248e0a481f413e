--- A message as a row: which field is which column, and what a caller sees of a row.
--
-- Columns have names of their own, because `to` and `from` are words of SQL.
--
-- Tested in spec/outbox/columns_spec.lua.

local shown = require("vertexsms.base.shown")

local M = {}

--- Fields of a message and their columns, in the order of their parameters.
M.fields = {
  { "to", "recipient" },
  { "from", "sender" },
  { "message", "message" },
  { "dlrUrl", "dlr_url" },
  { "priority", "priority" },
  { "scheduled", "scheduled" },
  { "udh", "udh" },
  { "coding", "coding" },
  { "testMode", "test_mode" },
  { "expireIn", "expire_in" },
  { "correctBy", "correct_by" },
}

local COLUMNS = {}
for i, pair in ipairs(M.fields) do COLUMNS[i] = pair[2] end

--- The columns of a message, as SQL.
M.names = table.concat(COLUMNS, ", ")

-- VertexSMS takes a message without a priority for a normal one.
local DEFAULTS = { priority = "normal" }

local PARAMETERS = #M.fields + 2

--- The parameters of an INSERT: the key, the fields, and the seconds in which the message must have left. They are
-- written out because each message that is added has them.
---@param key string|nil
---@param wire table
---@param send_before number|nil
---@return table
function M.parameters(key, wire, send_before)
  return {
    n = PARAMETERS, key, wire.to, wire.from, wire.message, wire.dlrUrl, wire.priority or DEFAULTS.priority,
    wire.scheduled, wire.udh, wire.coding, wire.testMode, wire.expireIn, wire.correctBy, send_before,
  }
end

--- The same for a plain message, one by one and not in a table.
---@param key string|nil
---@param to string
---@param from string
---@param text string
---@param send_before number|nil
---@return string|number|nil ...
function M.plain_parameters(key, to, from, text, send_before)
  return key, to, from, text, nil, DEFAULTS.priority, nil, nil, nil, nil, nil, nil, send_before
end

--- The message of a row, with VertexSMS's names.
---@param row table
---@return vertexsms.Message
function M.message(row)
  local message = {}
  for _, pair in ipairs(M.fields) do
    local value = row[pair[2]]
    if value ~= DEFAULTS[pair[1]] then message[pair[1]] = value end
  end
  return message
end

--- The fields in which a message differs from a row; a text that was dropped is equal to any.
---@param wire table
---@param row table
---@return string[]
function M.differences(wire, row)
  local names = {}
  for _, pair in ipairs(M.fields) do
    local given, kept = wire[pair[1]], row[pair[2]]
    if given == nil then given = DEFAULTS[pair[1]] end
    local is_dropped = pair[2] == "message" and kept == nil
    if given ~= kept and not is_dropped then names[#names + 1] = pair[1] end
  end
  return names
end

-- Texts are not shown: an error may be logged.
local function described(name, given, kept)
  if name == "message" then return "message (another text)" end
  if name == "dlrUrl" then return "dlrUrl (another URL)" end
  return ("%s (%s, not %s)"):format(name, shown.value(kept), shown.value(given))
end

--- What differs, for people: `to ("37069912345", not "37069912346") and message (another text)`.
---@param wire table
---@param row table
---@return string
function M.describe_differences(wire, row)
  local message, words = M.message(row), {}
  for _, name in ipairs(M.differences(wire, row)) do words[#words + 1] = described(name, wire[name], message[name]) end
  return table.concat(words, " and ")
end

--- A message in the outbox, as it is now. Times are seconds since 1970.
---@class vertexsms.OutboxRow
---@field id integer
---@field key string|nil
---@field state vertexsms.OutboxState
---@field message vertexsms.Message its text is missing where `keep` has dropped it
---@field created_at number
---@field changed_at number
---@field changed_by string|nil a worker, a person, "report", "lease"
---@field finished_at number|nil when it came to a final state
---@field send_before number|nil
---@field due_at number not before
---@field attempts integer how often a worker has taken it
---@field failures integer how often it was certainly not sent
---@field duplicates integer how often it was added again under its key
---@field worker string|nil that has it
---@field lease_until number|nil until when that worker has it
---@field tracking_id string|nil what its dlrUrl carries
---@field vertexsms_id string|nil
---@field parts integer|nil
---@field reason string|nil why it is in this state
---@field field string|nil which field is wrong
---@field error integer|nil of its report
---@field history vertexsms.OutboxChange[]|nil of `get`

--- One change of state.
---@class vertexsms.OutboxChange
---@field at number
---@field from vertexsms.OutboxState
---@field to vertexsms.OutboxState
---@field reason string|nil
---@field by string|nil

local SHOWN = {
  "id", "key", "state", "created_at", "changed_at", "changed_by", "finished_at", "send_before", "due_at", "attempts",
  "failures", "duplicates", "worker", "lease_until", "tracking_id", "vertexsms_id", "parts", "reason", "field",
}

--- What a caller sees of a row.
---@param row table
---@return vertexsms.OutboxRow
function M.public(row)
  local public = { message = M.message(row), error = row.report_error }
  for _, name in ipairs(SHOWN) do public[name] = row[name] end
  return public
end

--- What a caller sees of a line of history.
---@param line table
---@return vertexsms.OutboxChange
function M.change(line)
  return { at = line.at, from = line.from_state, to = line.to_state, reason = line.reason, by = line.changed_by }
end

return M
