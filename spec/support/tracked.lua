--- A tracking for the specs, over a store of each kind: a client whose sends end as the scripted server says, and a
-- handler that gets their reports.

local callback = require("vertexsms.callback")
local calls = require("spec.support.calls")
local cjson = require("cjson")
local databases = require("vertexsms.tracking.database")
local hosts = require("vertexsms.host")
local memory = require("vertexsms.tracking.memory")
local outboxes = require("spec.support.outboxes")

local M = {}

M.URL = "https://example.com/dlr"
M.DAY = 86400

--- Answers of the server after which a send is unknown, and accepted.
M.BROKEN = { status = 500, body = "{}" }
M.FINE = { body = '["1281532560"]' }

--- The path of a file that is not there yet; `remove_files` removes them all.
M.new_path, M.remove_files = outboxes.new_path, outboxes.remove

--- A store in a file: its methods return failures, and raise nothing.
function M.open(path) return assert(databases.new(path, hosts.pick("blocking"))) end

M.stores = { memory = memory.new, database = function() return M.open(M.new_path()) end }

--- An entry that is open, and due in the year 2033.
function M.entry() return { pending_until = 0, expires = 2000000000, due = 2000000000 } end

--- The IDs of all entries of a database, in their order.
function M.ids_in(database)
  local ids = assert(database:due(math.huge, math.huge, hosts.pick("blocking")))
  table.sort(ids)
  return table.concat(ids, " ")
end

M.message = require("spec.support.message")

local Tracked = {}
Tracked.__index = Tracked

--- `server` is a scripted one. While `fails` is set, on_resolved raises it.
---@return table tracked with store, resolved (the events), fails, client, handler
function M.new(server, store)
  local tracked = setmetatable({ server = server, store = store, resolved = {} }, Tracked)
  tracked:connect()
  return tracked
end

--- Makes another client, with other options of `track` and of its own, and another handler.
function Tracked:connect(track, options)
  local all = { track = { url = M.URL, store = self.store, on_resolved = function(event)
    if self.fails then error(self.fails) end
    self.resolved[#self.resolved + 1] = event
  end } }
  for key, value in pairs(track or {}) do all.track[key] = value end
  for key, value in pairs(options or {}) do all[key] = value end
  self.client = self.server:safe(all)
  self.handler = callback.handler({ tracking = self.client.tracking, on_event = function() end })
  self.server:requests()
end

--- What the client says beside its results.
function Tracked:listen()
  local said = {}
  local function report(text) said[#said + 1] = text end
  self.client.host = setmetatable({ report = report }, { __index = self.client.host })
  return said
end

--- Sends a message whose outcome is unknown; returns the error.
function Tracked:unknown(changes)
  self.server:script(M.BROKEN)
  local sent, err = self.client:send(M.message(changes))
  assert(sent == nil and err.outcome == "unknown", tostring(err))
  return err
end

--- Has a report with this ID come; returns the status that it is answered.
function Tracked:report(id, body)
  return (calls.post(self.handler, body or '{"id":"5","status":1,"error":0}', nil, "/dlr?track=" .. id))
end

function Tracked:dlr_url() return cjson.decode(self.server:request().body).dlrUrl end

--- Changes an entry, or takes it away, behind the tracking's back.
function Tracked:change(id, fn)
  self.client.tracking.ledger:change({ id }, function(_, entry) return fn(entry) end, self.client.host)
end

--- The IDs of all that is open.
function Tracked:ids()
  return assert(self.client.tracking.ledger:due(math.huge, math.huge, self.client.host))
end

return M
