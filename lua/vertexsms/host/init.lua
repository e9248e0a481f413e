--- Which way of waiting fits the program that runs us.
--
-- Tested in spec/host/contract_spec.lua and spec/options_spec.lua.

local M = {}

--- What a submitted call ends with.
---@class vertexsms.Callback
---@field tell fun() calls it
---@field about fun(): string what it would be told, for a log

--- A submitted call on its way to its callback, which it hands to `deliver` where there is one.
---@class vertexsms.Work
---@field run fun(self: vertexsms.Work, deliver: nil|fun(callback: vertexsms.Callback))

--- What a coroutine waits for: one ticket, or any of a group (see loop/waiting.lua).
---@alias vertexsms.Awaited vertexsms.core.Ticket|vertexsms.host.Group

--- How one host waits: the only place that knows its event loop.
---@class vertexsms.Host
---@field name string
---@field available fun(): boolean is this the host we run in?
---@field wait nil|fun(engine: vertexsms.core.Engine, what: vertexsms.Awaited, seconds: number|nil) returns
---  when the ticket, or one of the group, has finished, or the time is over, or perhaps before: the caller looks, and
---  waits again. Without a time it is for the host to look now and then. Without this function, calls block.
---@field can_wait nil|fun(): boolean, string|nil false where it is impossible to yield; and a reason, to block as well
---@field sleep fun(seconds: number, engine: vertexsms.core.Engine)
---@field spawn fun(work: vertexsms.Work): nil|false runs work on its own, now or soon. False: there is too much work
---@field run_after nil|fun(engine: vertexsms.core.Engine, ticket: vertexsms.core.Ticket, work: vertexsms.Work) runs
---  work on its own when the ticket has finished
---@field is_free nil|fun(): boolean is there time to begin something now? Else it is for `spawn` to say when
---@field claim nil|fun(engine: vertexsms.core.Engine): table for hosts in which a call may be killed while it
---  waits: on_ticket, on_failure, on_ended and on_told say how far it has come; the latter two what became of it, too
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

-- Without this global or loaded module the host is not there, and its file is not loaded; `tick` never is by itself.
local SIGNS = { nginx = "ngx", luv = "vim", cqueues = "cqueues", tick = "" }

local function may_be_available(name)
  local sign = SIGNS[name]
  return sign == nil or rawget(_G, sign) ~= nil or package.loaded[sign] ~= nil
end

--- The named host, or the first that is available. A host itself is taken as it is.
---@param name string|vertexsms.Host|nil
---@return vertexsms.Host
function M.pick(name)
  if type(name) == "table" then return name end
  if name then return require("vertexsms.host." .. name) end
  for _, candidate in ipairs(M.names) do
    local host = may_be_available(candidate) and require("vertexsms.host." .. candidate)
    if host and host.available() then return host end
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

--- Can a call wait here without blocking the thread?
---@param host vertexsms.Host
---@return boolean
---@return string|nil reason not to block it either
function M.can_wait(host)
  if host.can_wait then return host.can_wait() end
  return host.wait ~= nil
end

--- Waits until a ticket has finished.
---@param host vertexsms.Host that can wait, or blocks
---@param engine vertexsms.core.Engine or what else has the ticket
---@param ticket vertexsms.core.Ticket
---@return table response
function M.wait_for(host, engine, ticket)
  local response = ticket:response()
  while not response do
    host.wait(engine, ticket)
    response = ticket:response()
  end
  return response
end

-- The way out belongs to the words: see the hosts' can_wait.
local function refuse(reason)
  return { kind = "invalid_argument", outcome = "not_sent", retryable = false, message = reason }
end

--- Performs a request the host's way.
---@param host vertexsms.Host
---@param engine vertexsms.core.Engine
---@param request table of the core; its `call` learns which ticket it became
---@param claim table|nil likewise
---@return table|nil response of the core
---@return table|nil refusal
function M.perform(host, engine, request, claim)
  local can_wait, reason = M.can_wait(host)
  if reason then return nil, refuse(reason) end
  -- No ticket where nothing else could run meanwhile: a hop to the I/O thread and back costs tens of microseconds.
  if not can_wait then return engine:perform(request) end
  local ticket, refusal = engine:submit(request)
  if not ticket then return nil, refusal end
  if claim then claim:on_ticket(ticket) end
  if request.call then request.call:on_ticket(ticket) end
  return M.wait_for(host, engine, ticket)
end

return M
