--- Calls that end inside a longer one: those of client:all, requests of client:send_many, a send whose guard or
-- tracking waits for a store afterwards. Where a call may be killed while it waits, what became of them stays claimed
-- until the longer one tells it.

local M = {}

-- The claim of such a call.
local Claim = {}
Claim.__index = Claim

function Claim:on_ticket(ticket)
  self.claim:on_ticket(ticket)
end

function Claim:on_failure(err)
  self.claim:on_failure(err)
end

function Claim:on_ended(outcome, answer)
  self.claim:on_ended(outcome, answer)
end

function Claim:on_told(outcome, answer)
  if not outcome then return self.claim:on_told() end
  self.claim:on_ended(outcome, answer)
  self.outcome, self.answer = outcome, answer
  self.kept[#self.kept + 1] = self
end

---@class vertexsms.request.Kept
---@field claim nil|fun(engine: vertexsms.core.Engine): table for the calls; nil where none can be killed
local Kept = {}
Kept.__index = Kept

--- The longer call tells what became of them.
function Kept:tell()
  for i = 1, #self do
    local one = self[i]
    one.claim:on_told(one.outcome, one.answer)
    self[i] = nil
  end
end

---@param host vertexsms.Host of the longer call
---@return vertexsms.request.Kept
function M.new(host)
  local kept, claim = setmetatable({}, Kept), host.claim
  kept.claim = claim and function(engine)
    return setmetatable({ claim = claim(engine), kept = kept }, Claim)
  end
  return kept
end

--- A client whose calls are kept until that is told.
---@param client vertexsms.AnyClient
---@return vertexsms.AnyClient client itself where none can be killed
---@return vertexsms.request.Kept|nil
function M.client(client)
  if not client.host.claim then return client end
  local kept = M.new(client.host)
  local host = setmetatable({ claim = kept.claim }, { __index = client.host })
  return setmetatable({ host = host }, { __index = client }), kept
end

local function told(kept, ...)
  kept:tell()
  return ...
end

--- Calls a function with a client whose calls are kept until it returns.
---@param client vertexsms.AnyClient
---@param fn fun(client: vertexsms.AnyClient, ...: any): any, any
---@param ... any
---@return any result
---@return any err
function M.around(client, fn, ...)
  if not client.host.claim then return fn(client, ...) end
  local inner, kept = M.client(client)
  return told(kept, fn(inner, ...))
end

return M
