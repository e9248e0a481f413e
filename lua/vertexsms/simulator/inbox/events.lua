--- `/_simulator/events`: what changes, as server-sent events
-- (https://html.spec.whatwg.org/multipage/server-sent-events.html).
--
-- `messages` has the rows that are new or have changed; `changed` counts the changes of everything else; after `reset`
-- all must be asked for again. The ID of an event is where the next reader goes on.

local cqueues = require("cqueues")
local json = require("vertexsms.simulator.inbox.json")
local view = require("vertexsms.simulator.inbox.view")

-- Readers at the same time: above that the oldest one goes, and comes again.
local FEEDS_MAX = 32
-- Rows of an event.
local ROWS_MAX = 200
-- What comes together is sent together.
local GATHER_SECONDS = 0.05
-- Nothing for so long, and something is said, so that a reader who is gone is noticed.
local SILENCE_MAX = 15

local feeds = setmetatable({}, { __mode = "k" })

local function position_of(request)
  local text = request.headers:get("last-event-id") or request.parameters.since or ""
  local epoch, revision = text:match("^([0-9]+):([0-9]+)$")
  return tonumber(epoch or "-1"), tonumber(revision or "0")
end

local function event(name, id, data)
  return ("event: %s\nid: %s\ndata: %s\n\n"):format(name, id, data)
end

local Feed = {}
Feed.__index = Feed

function Feed:id()
  return ("%.0f:%d"):format(self.epoch, self.revision)
end

function Feed:reset()
  self.epoch, self.revision = self.changes.epoch, self.changes.revision
  return self.write(event("reset", self:id(), "{}"))
end

function Feed:send_rows(messages, revision)
  for from = 1, #messages, ROWS_MAX do
    local rows = {}
    for i = from, math.min(from + ROWS_MAX - 1, #messages) do
      rows[#rows + 1] = view.row(messages[i], self.simulator)
      self.revision = messages[i].life.revision
    end
    if not self.write(event("messages", self:id(), json.encode(json.list(rows)))) then return nil end
  end
  self.revision = revision
  return true
end

function Feed:send_messages()
  if self.epoch ~= self.changes.epoch then return self:reset() end
  local revision = self.changes.revision
  local messages = self.changes:since(self.revision)
  if not messages then return self:reset() end
  return self:send_rows(messages, revision)
end

-- Also how many messages there are: the oldest may have been forgotten.
function Feed:send_counts()
  local counts = { oldest = ("%.0f"):format(self.simulator.messages.oldest) }
  for kind, count in pairs(self.changes.counts) do counts[kind] = count end
  local text = json.encode(counts)
  if text == self.sent_counts then return true end
  self.sent_counts = text
  return self.write(event("changed", self:id(), text))
end

function Feed:run()
  if not self.write("retry: 1000\n\n") then return end
  while not self.is_cut do
    if not self:send_messages() or not self:send_counts() then return end
    if self.changes:wait(cqueues.monotime() + SILENCE_MAX) then
      cqueues.sleep(GATHER_SECONDS)
    elseif not self.write(":\n\n") then
      return
    end
  end
end

local function enter(feed, list)
  list[#list + 1] = feed
  if #list > FEEDS_MAX then
    table.remove(list, 1).is_cut = true
    feed.changes.changed:signal()
  end
end

local function leave(feed, list)
  for i, each in ipairs(list) do
    if each == feed then return table.remove(list, i) end
  end
end

local function get(request, simulator)
  local list = feeds[simulator] or {}
  feeds[simulator] = list
  local epoch, revision = position_of(request)
  local feed = setmetatable({
    simulator = simulator, changes = simulator.changes, epoch = epoch, revision = revision,
  }, Feed)
  return {
    status = 200, headers = { ["Content-Type"] = "text/event-stream" },
    stream = function(write)
      feed.write = write
      enter(feed, list)
      feed:run()
      leave(feed, list)
    end,
  }
end

return { { pattern = "^/_simulator/events$", methods = { GET = get } } }
