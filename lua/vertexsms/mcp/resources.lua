--- What all calls share: the client, the ledger, the guard that counts in it. They are made when the first call needs
-- them.
--
-- Tested in spec/mcp/init_spec.lua and spec/mcp/audit_spec.lua.

local errors = require("vertexsms.error")
local guards = require("vertexsms.guard")
local ledgers = require("vertexsms.mcp.ledger")

local M = {}

-- Seconds that a request to VertexSMS may take.
local REQUEST_SECONDS = 14

---@class vertexsms.mcp.Resources
local Resources = {}
Resources.__index = Resources

---@param server vertexsms.mcp.Server
---@return vertexsms.mcp.Resources
function M.new(server)
  return setmetatable({ server = server }, Resources)
end

function Resources:close()
  if self.made_client then self.made_client:close() end
  if self.made_ledger then self.made_ledger:close() end
end

--- The client, or why there is none.
---@return vertexsms.SafeClient|nil
---@return vertexsms.Error|nil
function Resources:client()
  if self.made_client then return self.made_client end
  local token, reason = self.server.options.token()
  if not token then return nil, errors.invalid_argument("token", reason) end
  local client, err = require("vertexsms").safe.new {
    token = token, timeout = REQUEST_SECONDS, retry = false, -- of a call that was cancelled nothing more may leave
    status_base_url = self.server.policy.status_base_url,
  }
  if not client then return nil, err end
  client.host = self.server.loop.host
  client.guard = nil -- the ledger's guard knows the switch VERTEXSMS_LIVE too, and the numbers that pass all the same
  self.made_client = client
  return client
end

local function guard_of(self, ledger)
  if self.made_guard then return self.made_guard end
  local guard, err = guards.of_store(self.server.policy.guard or {}, ledger.store, self.server.loop.host)
  self.made_guard = guard
  return guard, err
end

local NO_STORE = "the store of what was sent cannot be opened, and without it nothing is sent: %s"

-- Of two calls that come first, one opens.
local function open(self)
  local policy, host = self.server.policy, self.server.loop.host
  local ledger, err = ledgers.open(policy, host, self.server.options.make_folder)
  local guard
  if ledger then guard, err = guard_of(self, ledger) end
  if guard then err = ledger:migrate(guard:schema()) end
  if not err then return ledger end
  self.made_guard = nil
  if ledger then ledger:close() end
  err.message = NO_STORE:format(err.message)
  return nil, err
end

--- The ledger and the guard that counts in it.
---@return vertexsms.mcp.Ledger|nil
---@return vertexsms.Error|nil
function Resources:ledger()
  while self.opener and coroutine.status(self.opener) ~= "dead" do self.server.loop.host.sleep(0.02) end
  if self.made_ledger then return self.made_ledger end
  self.opener = coroutine.running()
  local ledger, err = open(self)
  self.opener = nil
  self.made_ledger = ledger
  return ledger, err
end

---@return vertexsms.Guard
function Resources:guard() return self.made_guard end

return M
