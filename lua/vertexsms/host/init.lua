--- Which way of waiting fits the program that runs us.
--
-- Tested in spec/host/contract_spec.lua and spec/options_spec.lua.

local M = {}

--- What a submitted call ends with.
---@class vertexsms.Callback
---@field tell fun() calls it
---@field about fun(): string what it would be told, for a log

--- How one host waits: the only place that knows its event loop.
---@class vertexsms.Host
---@field name string
---@field available fun(): boolean is this the host we run in?
---@field wait nil|fun(engine: vertexsms.core.Engine, tickets: vertexsms.core.Ticket[], seconds: number) returns
---  when one of the tickets has finished, or the time is over, or perhaps before: the caller looks, and waits again.
---  Without it, calls block.
---@field can_wait nil|fun(): boolean, string|nil false where it is impossible to yield; and a reason, to block as well
---@field sleep fun(seconds: number, engine: vertexsms.core.Engine)
---@field spawn fun(work: fun(deliver: nil|fun(callback: vertexsms.Callback))): nil|false runs work on its own, now or
---  soon; work hands its callback to `deliver` where there is one. False: there is too much work
---@field claim nil|fun(engine: vertexsms.core.Engine): table for hosts in which a call may be killed while it
---  waits: on_ticket, on_failure and on_told say how far it has come
---@field report fun(message: string) for what cannot be raised: an error inside a hook or a callback
---@field is_over nil|fun(): string|nil a reason to begin no further attempt of any call
---@field update nil|fun(engine: vertexsms.core.Engine, budget: number): integer for hosts that are driven by hand

---@alias vertexsms.HostName
---| "nginx" # nginx and OpenResty
---| "luv" # a libuv loop: luv, Neovim
---| "cqueues" # a cqueues loop, lua-http
---| "tick" # a program that calls client:update() once a frame
---| "blocking" # anything else: calls wait on the calling thread

--- In the order in which they are tried; the last is always available. A new host is one line here.
---@type vertexsms.HostName[]
M.names = {
  "nginx",
  "luv",
  "cqueues",
  "tick",
  "blocking",
}

M.known = {}
for _, name in ipairs(M.names) do M.known[name] = true end

--- The named host, or the first that is available.
---@param name string|nil
---@return vertexsms.Host
function M.pick(name)
  if name then return require("vertexsms.host." .. name) end
  for _, candidate in ipairs(M.names) do
    local host = require("vertexsms.host." .. candidate)
    if host.available() then return host end
  end
end

--- The host itself where it can wait, else the one that blocks the thread.
---@param host vertexsms.Host
---@return vertexsms.Host|nil
---@return string|nil reason in some places not even that will do
function M.waiter(host)
  if not host.can_wait then return host end
  local can_wait, reason = host.can_wait()
  if reason then return nil, reason end
  return can_wait and host or M.pick("blocking")
end

local function wait_for(host, engine, ticket)
  local tickets = { ticket }
  while not ticket:is_finished() do
    host.wait(engine, tickets, 1)
  end
  return ticket:response()
end

-- The way out belongs to the words: see the hosts' can_wait.
local function refuse(reason)
  return { kind = "invalid_argument", outcome = "not_sent", retryable = false, message = reason }
end

--- Performs a request the host's way.
---@param host vertexsms.Host
---@param engine vertexsms.core.Engine
---@param request table of the core
---@param on_ticket nil|fun(ticket: vertexsms.core.Ticket) learns which ticket it became
---@return table|nil response of the core
---@return table|nil refusal
function M.perform(host, engine, request, on_ticket)
  local can_wait, reason = host.wait ~= nil, nil
  if host.can_wait then can_wait, reason = host.can_wait() end
  if reason then return nil, refuse(reason) end
  -- No ticket where nothing else could run meanwhile: a hop to the I/O thread and back costs tens of microseconds.
  if not can_wait then return engine:perform(request) end
  local ticket, refusal = engine:submit(request)
  if not ticket then return nil, refusal end
  if on_ticket then on_ticket(ticket) end
  return wait_for(host, engine, ticket)
end

return M
