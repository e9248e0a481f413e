--- What has changed, so that those who wait for it look at that alone: a revision for each change of a message, and a
-- count for each other thing that the inbox shows.
--
-- Tested in spec/simulator/inbox/events_spec.lua and spec/simulator/inbox/messages_spec.lua.

local condition = require("cqueues.condition")
local cqueues = require("cqueues")

local M = {}

-- Changes that are remembered. A reader who is further behind looks at everything again.
local LOG_MAX = 20000

local Changes = {}
Changes.__index = Changes

--- A message is new or has changed. Only its ID is remembered: it may be forgotten before anyone asks.
---@param life vertexsms.simulator.Life gets its revision
function Changes:message(life)
  self.revision = self.revision + 1
  life.revision = self.revision
  self.log[self.revision] = life.id
  self.log[self.revision - LOG_MAX] = nil
  self.changed:signal()
end

--- Something else has changed.
---@param kind "requests"|"lookups"|"senders"|"settings"
function Changes:touch(kind)
  self.counts[kind] = self.counts[kind] + 1
  self.changed:signal()
end

--- All messages are gone.
function Changes:clear()
  self.epoch, self.log = self.epoch + 1, {}
  self.changed:signal()
end

--- The messages that have changed after a revision, each once, in the order of their last change.
---@param revision integer
---@return table[]|nil messages nil when that is no longer known
function Changes:since(revision)
  if revision > self.revision or revision < self.revision - LOG_MAX then return nil end
  local messages = {}
  for number = revision + 1, self.revision do
    local message = self.log[number] and self.messages:get(self.log[number])
    if message and message.life.revision == number then messages[#messages + 1] = message end
  end
  return messages
end

--- Waits for any change.
---@param deadline number as cqueues.monotime has it
---@return boolean whether one came in time
function Changes:wait(deadline)
  local left = deadline - cqueues.monotime()
  return left > 0 and self.changed:wait(left) == true
end

---@param messages table the store of them
---@return table changes
function M.new(messages)
  return setmetatable({
    messages = messages, revision = 0, log = {}, changed = condition.new(),
    -- Another number in each run: a reader of the run before looks at everything again.
    epoch = os.time() * 1000,
    counts = { requests = 0, lookups = 0, senders = 0, settings = 0 },
  }, Changes)
end

return M
