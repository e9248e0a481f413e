--- What the server received, counted per scenario; and, for the chaos run, what it took as accepted.

local cjson = require("cjson")

local MESSAGES_MAX = 10000
local TEXT_MAX = 256
local KEYS_MAX = 100000

local Entry = {}
Entry.__index = Entry

local function new_entry()
  return setmetatable({
    connections = 0, -- accepted by the process
    handshake_failures = 0, -- TLS handshakes that did not end well
    requests = 0, -- read to their last byte
    partial = 0, -- begun, and not read to the end (yet)
    bytes = 0, -- taken as parts of requests
    discarded = 0, -- read from the socket only to throw them away
    token_seen = 0, -- requests that carried X-VertexSMS-Token
    truncated = 0, -- message texts that the list below had no room for
    messages = setmetatable({}, cjson.array_mt), -- message texts in the order received
    behaviours = {}, -- chaos: how often each was drawn
    surplus = 0, -- answers with something unasked-for behind them
    drawn = 0, -- numbers given to them
    written = {}, -- surplus: when each answer was, by its number, in microseconds of the monotonic clock
  }, Entry)
end

--- The first byte of a request has come.
function Entry:begin()
  self.partial = self.partial + 1
end

--- A request has been read to its end. `begun` is the entry in which it began: another one when a reset came
-- between.
function Entry:complete(request, begun)
  begun.partial = begun.partial - 1
  self.requests = self.requests + 1
  for _, text in ipairs(request.messages) do
    if #self.messages < MESSAGES_MAX then
      self.messages[#self.messages + 1] = text:sub(1, TEXT_MAX)
    else
      self.truncated = self.truncated + 1
    end
  end
end

--- A request head has come, whether or not its body will.
function Entry:head(request)
  if request.headers["x-vertexsms-token"] then
    self.token_seen = self.token_seen + 1
  end
end

function Entry:wrote(number, now)
  self.written[tostring(number)] = now
end

function Entry:add(field, count)
  self[field] = self[field] + count
end

function Entry:behaved(name)
  self.behaviours[name] = (self.behaviours[name] or 0) + 1
end

local Ledger = {}
Ledger.__index = Ledger

local ledger = {}

function ledger.new()
  local self = setmetatable({}, Ledger)
  self:reset()
  return self
end

--- Everything to zero. Connections that are still open go on counting, into the new entries.
function Ledger:reset()
  local known = self.entries or { plain = {}, tls = {} }
  self.entries = { plain = {}, tls = {} }
  for transport, entries in pairs(known) do
    for scenario in pairs(entries) do
      self.entries[transport][scenario] = new_entry()
    end
  end
  self.processed = {}
  self.drawn = {}
  self.keys = 0
  self.keys_lost = 0
end

--- The entry of a scenario; `transport` is "plain" or "tls".
function Ledger:entry(transport, scenario)
  local entries = self.entries[transport]
  entries[scenario] = entries[scenario] or new_entry()
  return entries[scenario]
end

function Ledger:knows(key)
  if self.processed[key] then
    return true
  end
  if self.keys >= KEYS_MAX then
    self.keys_lost = self.keys_lost + 1
    return false
  end
  self.keys = self.keys + 1
  self.processed[key] = 0
  self.drawn[key] = 0
  return true
end

--- How often a request with this key has been read, this one included.
function Ledger:draw(key)
  if not self:knows(key) then
    return 1
  end
  self.drawn[key] = self.drawn[key] + 1
  return self.drawn[key]
end

--- The server takes the message `key` as its own from now on: it would be sent and billed.
function Ledger:accept(key)
  if self:knows(key) then
    self.processed[key] = self.processed[key] + 1
  end
end

function Ledger:json()
  return cjson.encode(self.entries)
end

function Ledger:entry_json(transport, scenario)
  return cjson.encode(self:entry(transport, scenario))
end

function Ledger:chaos_json()
  return cjson.encode({ processed = self.processed, seen = self.drawn, keys_lost = self.keys_lost })
end

return ledger
