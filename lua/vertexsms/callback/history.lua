--- What was handled already, and what is being handled now.
--
-- One key for each message: whoever handles a report of it holds the key, so that two reports of one message, the same
-- one twice or a final one and an earlier one, are never handled at the same time, and what was handled is written
-- down before the next one is looked at.

local core = require("vertexsms.core")
local reports = require("vertexsms.callback.report")

local M = {}

-- A message has a handful of states; the bound is for a service that has gone mad.
local MARKS_MAX = 16

local History = {}
History.__index = History

-- Of a sender notification nothing but the ID is known; another text is another notification.
local function mark_of(report, body)
  if report.kind == "sender" then return core.fingerprint(body) end
  return report.state .. ":" .. (report.error or "")
end

-- A value is the rank of the latest state, and the marks: "2;delivered:0;unknown:;".
local function read(value)
  local rank, marks = (value or "0;"):match("^(%d+);(.*)$")
  return tonumber(rank) or 0, marks or ""
end

local function add_mark(marks, mark)
  local _, count = marks:gsub(";", "")
  if count >= MARKS_MAX then marks = marks:gsub("^[^;]*;", "") end
  return marks .. mark .. ";"
end

--- Takes a report in hand.
---@param report vertexsms.Report gets `superseded` where it applies
---@param body string
---@return table|nil turn for `finish` or `abandon`
---@return "done"|"busy"|nil why there is none
function History:begin(report, body)
  local key, mark = report.kind .. ":" .. report.id, mark_of(report, body)
  local holder = self.store:lock(key, self.lease)
  if not holder then return nil, "busy" end
  local turn = { key = key, holder = holder, mark = mark }
  local rank, marks = read(self.store:get(key))
  if (";" .. marks):find(";" .. mark .. ";", 1, true) then
    self:abandon(turn)
    return nil, "done"
  end
  local own = reports.RANKS[report.state]
  if own < rank then report.superseded = true end
  turn.value = ("%d;%s"):format(math.max(own, rank), add_mark(marks, mark))
  return turn
end

--- The report was handled; it will not be again.
function History:finish(turn)
  self.store:set(turn.key, turn.value)
  self.store:unlock(turn.key, turn.holder)
end

--- The report was not handled; the next try may begin at once.
function History:abandon(turn)
  self.store:unlock(turn.key, turn.holder)
end

---@param store vertexsms.CallbackStore
---@param lease number seconds that handling a report takes at most
---@return table history
function M.new(store, lease)
  return setmetatable({ store = store, lease = lease }, History)
end

return M
