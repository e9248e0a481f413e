--- What a person, or the caller, decides: cancel, resolve, pause, resume.
--
-- Tested in spec/outbox/deciding_spec.lua.

local argument = require("vertexsms.check.argument")
local errors = require("vertexsms.error")
local reading = require("vertexsms.outbox.reading")
local shown = require("vertexsms.base.shown")

---@class vertexsms.SafeOutbox
local M = { methods = { "cancel", "resolve", "pause", "resume" } }

-- Who decides, where that is not said.
local function person(by)
  local user = os.getenv("USER")
  return by or user ~= "" and user or "a person"
end

local function check_by(by)
  if by == nil or type(by) == "string" and by ~= "" and #by <= 200 then return nil end
  return errors.invalid_argument("by", "by must be the name of a person, a string such as \"anna\", not "
    .. shown.type_and_value(by))
end

-- Why a message could not be changed: it is not there, or in another state.
local function refusal(self, id, words)
  local row, err = self.methods.get(self, id)
  if not row then return err end
  local why = row.message.message == nil and "its text was dropped (see keep)" or "its state is " .. row.state
  return errors.new({ kind = "conflict", message = ("message %d %s: %s"):format(id, words, why) })
end

-- What becomes of it is known when its worker has written it down, or when another one has found its lease over.
local function held(self, id)
  local row = self.methods.get(self, id)
  if not row or row.state ~= "sending" then return nil end
  local ends = row.lease_until and " until " .. os.date("%Y-%m-%d %H:%M:%S", math.floor(row.lease_until)) or ""
  return errors.new({ kind = "conflict", message = ("message %d is held by a worker%s; if that one is dead, run"
    .. " `vertexsms outbox run` after it, then resolve"):format(id, ends) })
end

local function change(self, sql, id, by, words)
  local result, err = self:perform({ { sql = sql, params = { n = 2, id, by } } })
  if not result then return nil, err end
  if #result[1].rows == 0 then
    return nil, sql ~= self.sql.cancel and held(self, id) or refusal(self, id, words)
  end
  return self.methods.get(self, id)
end

--- Takes a message back that is still queued.
---@param id integer
---@param by string|nil who decided so, for its history; default $USER
---@return vertexsms.OutboxRow|nil
---@return vertexsms.Error|nil kind `conflict` when it is not queued any more
function M:cancel(id, by)
  local err = reading.check_id(id) or check_by(by)
  if err then return nil, err end
  return change(self, self.sql.cancel, id, person(by), "cannot be cancelled, because it is not queued")
end

local DECISIONS = {
  resend = "cannot be sent again by hand, because what became of it is known",
  drop = "cannot be given up, because it is not unknown",
}

--- Decides about a message whose outcome is unknown: `resend` sends it again, which may be its second time; `drop`
-- gives it up as unconfirmed.
---@param id integer
---@param decision "resend"|"drop"
---@param by string|nil who decided so, for its history; default $USER
---@return vertexsms.OutboxRow|nil
---@return vertexsms.Error|nil kind `conflict` when there is nothing to decide
function M:resolve(id, decision, by)
  local err = reading.check_id(id) or check_by(by)
  if not err and not DECISIONS[decision] then
    err = errors.invalid_argument("decision", 'decision must be "resend" or "drop", not ' .. shown.value(decision))
  end
  if err then return nil, err end
  local row
  row, err = change(self, self.sql[decision], id, person(by), DECISIONS[decision])
  if row then self:wake() end
  return row, err
end

--- Stops all workers of the store from taking messages, until `resume`.
---@param reason string
---@param by string|nil default $USER
---@return boolean|nil true
---@return vertexsms.Error|nil
function M:pause(reason, by)
  argument.check(reason, "string", "reason")
  local err = check_by(by)
  if err then return nil, err end
  local result
  result, err = self:perform({ { sql = self.sql.pause, params = { n = 2, reason, person(by) } } })
  if not result then return nil, err end
  return true
end

--- Lets the workers go on after a pause.
---@return boolean|nil true
---@return vertexsms.Error|nil
function M:resume()
  local result, err = self:perform({ { sql = self.sql.resume } })
  if not result then return nil, err end
  self:wake()
  return true
end

return M
