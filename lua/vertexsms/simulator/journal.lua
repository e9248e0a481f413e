--- The requests that came in, refused ones too, with what was answered. The oldest are forgotten.
--
-- Tested in spec/simulator/inbox/requests_spec.lua.

local store = require("vertexsms.simulator.store")

local M = {}

local Journal = {}
Journal.__index = Journal

-- A token may stand in a query: `?at=TOKEN`.
local function without_token(query)
  if query == nil or query == "" then return query end
  return (("&" .. query):gsub("&at=[^&]*", "&at=***"):sub(2))
end

--- A request has come.
---@param request vertexsms.lua_http.Request
---@return table entry
function Journal:begin(request)
  local query = without_token(request.query)
  local entry = {
    at = self.clock.now(), method = request.method, path = request.path, query = query,
    body = request.body, agent = request.headers:get("user-agent"), remote = request.remote_addr,
    has_token = request.headers:get("x-vertexsms-token") ~= nil or query ~= request.query,
  }
  self.entries:add(entry)
  return entry
end

--- It has been answered.
---@param entry table
---@param response vertexsms.lua_http.Response
function Journal:finish(entry, response)
  entry.seconds = self.clock.now() - entry.at
  if response.dropped then
    entry.is_dropped = true
  else
    entry.status, entry.answer = response.status, response.body
    entry.amount = (response.headers or {})["X-VertexSMS-Amount-Sent"]
  end
  self.entries:grow(entry)
  self.changes:touch("requests")
end

---@param id string|nil
---@return table|nil
function Journal:get(id)
  return id and self.entries:get(id)
end

---@return fun(): table|nil
function Journal:newest()
  return self.entries:newest()
end

function Journal:clear()
  self.entries:clear()
  self.changes:touch("requests")
end

---@param clock table
---@param changes table
---@return table journal
function M.new(clock, changes)
  return setmetatable({ entries = store.new(1), clock = clock, changes = changes }, Journal)
end

return M
