--- What was handled already, and what is being handled now.
--
-- One key for each message: the handler of a report of it holds the key, so that two reports of one message, the same
-- one twice or a final one and an earlier one, are never handled at the same time, and what was handled is written
-- down before the next one is looked at.

local core = require("vertexsms.base.core")
local kinds = require("vertexsms.callback.kinds")
local reasons = require("vertexsms.base.reason")
local reports = require("vertexsms.callback.report")

local M = {}

-- A message has a handful of states; the bound is for a service that has gone mad.
local MARKS_MAX = 16

local History = {}
History.__index = History

-- A caller's store has get, set, lock and unlock, and may raise; the history asks for steps that return a reason:
--   claim(key, seconds) -> holder, value | nil: another handler has it | nil, nil, reason
--   settle(key, holder, value) -> true | nil, reason
--   release(key, holder)
local Adapter = {}
Adapter.__index = Adapter

function Adapter:claim(key, seconds, protect)
  local store = self.store
  local ok, holder = protect(store.lock, store, key, seconds)
  if not ok then return nil, nil, reasons.text(holder) end
  if not holder then return nil end
  local value
  ok, value = protect(store.get, store, key)
  if ok then return holder, value end
  self:release(key, holder, protect)
  return nil, nil, reasons.text(value)
end

function Adapter:settle(key, holder, value, protect)
  local ok, reason = protect(self.store.set, self.store, key, value)
  self:release(key, holder, protect)
  if ok then return true end
  return nil, reasons.text(reason)
end

-- A key that cannot be given back is free when its time is over.
function Adapter:release(key, holder, protect)
  protect(self.store.unlock, self.store, key, holder)
end

local function is_marked_by_text(report)
  return kinds.by_name[report.kind].mark(report) == "text"
end

local function state_mark(state, code)
  return state .. ":" .. (code or "")
end

local function mark_of(report)
  if is_marked_by_text(report) then return core.fingerprint(report.body) end
  return state_mark(report.state, report.error)
end

-- A value is the rank of the latest state, and a mark for each report: "2;delivered:0;unknown:;".
local function new_value(state, mark)
  return reports.RANKS[state] .. ";" .. mark .. ";"
end

-- Those of most reports are made beforehand.
local FIRST, CODE_MAX = {}, 99
for state in pairs(reports.RANKS) do
  FIRST[state] = {}
  for code = 0, CODE_MAX do FIRST[state][code] = new_value(state, state_mark(state, code)) end
end

local function first_value(report)
  local known = not is_marked_by_text(report) and FIRST[report.state][report.error]
  return known or new_value(report.state, mark_of(report))
end

local function add_mark(marks, mark)
  local _, count = marks:gsub(";", "")
  if count >= MARKS_MAX then marks = marks:gsub("^[^;]*;", "") end
  return marks .. mark .. ";"
end

-- The value with the report in it; nil when it was there before. The report gets `superseded` where it applies.
local function next_value(value, report)
  local rank, marks = value:match("^([0-9]+);(.*)$")
  if not rank then return first_value(report) end
  local mark, own = mark_of(report), reports.RANKS[report.state]
  if (";" .. marks):find(";" .. mark .. ";", 1, true) then return nil end
  rank = tonumber(rank)
  if own < rank then report.superseded = true end
  return ("%d;%s"):format(math.max(own, rank), add_mark(marks, mark))
end

--- Takes a report in hand.
---@param report vertexsms.Report gets `superseded` where it applies
---@param protect function pcall, or what takes its place
---@return string|nil key for `finish` or `abandon`, with the two that follow
---@return string holder, or "done", "busy" or "failed" without a key
---@return string|nil value, or the reason why it failed
function History:begin(report, protect)
  local key, store = kinds.by_name[report.kind].key .. report.id, self.store
  local holder, value, reason = store:claim(key, self.lease, protect)
  if reason then return nil, "failed", reason end
  if not holder then return nil, "busy" end
  if not value then return key, holder, first_value(report) end
  value = next_value(value, report)
  if value then return key, holder, value end
  store:release(key, holder, protect)
  return nil, "done"
end

--- The report was handled; it will not be again.
---@return boolean|nil
---@return string|nil reason
function History:finish(key, holder, value, protect)
  return self.store:settle(key, holder, value, protect)
end

--- The report was not handled; the next try may begin at once.
function History:abandon(key, holder, protect)
  self.store:release(key, holder, protect)
end

---@param store table of ours, or the caller's (vertexsms.CallbackStore)
---@param lease number seconds that handling a report takes at most
---@return table history
function M.new(store, lease)
  if not store.claim then store = setmetatable({ store = store }, Adapter) end
  return setmetatable({ store = store, lease = lease }, History)
end

return M
