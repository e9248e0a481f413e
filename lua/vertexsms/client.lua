--- The client: one per token, made once and kept; its connections are kept alive and used again.
--
-- Methods return `nil, err` where they fail; vertexsms.new gives a client that raises instead (see init.lua). The
-- methods that ask the service stand in api/, one file for each resource.

local api = require("vertexsms.api")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local hosts = require("vertexsms.host")
local late = require("vertexsms.base.late")
local option_rules = require("vertexsms.options")
local retry = require("vertexsms.request.retry")

local M = {}

--- What a client has beside its methods, whatever they do when they fail.
---@class vertexsms.AnyClient
---@field engine vertexsms.core.Engine
---@field retry table see retry.lua
---@field host vertexsms.Host
---@field option_names table<string, string> what an error calls an option that came from elsewhere: the environment
---@field tracking vertexsms.Tracking|nil for a handler of vertexsms.callback
---@field guard vertexsms.Guard|nil what it may send; for a handler of vertexsms.callback, too
---@field methods table<string, function> that return `nil, err`, of a client that raises, too: for client:all
---@field is_plain boolean whether its sends can go the short way (see request/plain.lua)
---@field raises boolean whether failures are raised: for what goes on after a method has returned, such as an iterator

--- The methods as they are written, returning `nil, err`; those of vertexsms.Client are made of them in init.lua, and
-- declared in client.meta.lua.
---@class vertexsms.SafeClient: vertexsms.AnyClient
local Client = {}
M.methods = Client

api.add_to(Client)
late.add(Client, "vertexsms.request.together", { "submit", "all", "update" }, errors.exhausted)

-- Both go into a URL that VertexSMS calls.
local function token_in_track(engine, track)
  for _, name in ipairs({ "url", "secret" }) do
    if track[name] and engine:holds_token(track[name]) then
      return errors.invalid_argument("track", ("track.%s contains the token, which no URL may carry"):format(name))
    end
  end
end

local function make_tracking(option, host)
  if not option then return nil end
  local tracking, reason = late.try(require, "vertexsms.tracking")
  if not tracking then return nil, errors.exhausted(reason) end
  local tracks, err = tracking.make(option, host)
  return tracks, err and errors.within(err, "track")
end

-- Where neither the option nor the environment speaks of one, it is not loaded.
local function make_guard(option, host)
  if option == nil and (os.getenv("VERTEXSMS_LIVE") or "") == "" then return nil end
  local guards, reason = late.try(require, "vertexsms.guard")
  if not guards then return nil, errors.exhausted(reason) end
  return guards.make(guards.listed(option), host)
end

-- A host that must not wait does not wait for files either, and an upgrade finds it with all of the old ones.
local function load_for(client)
  local reason, _
  if client.smart_encoding then _, reason = late.try(require, "vertexsms.text") end
  if not reason and client.host.name ~= "blocking" then reason = late.load_all() end
  return reason and errors.exhausted(reason) or nil
end

-- Has nothing but the core a say in its sends? What goes the short way then is loaded by the first one.
local function is_plain(client)
  local has_more_to_do = client.smart_encoding or client.guard or client.tracking or client.on_request
    or client.on_response
  return client.validate and not has_more_to_do and not client.engine:holds_token("/sms")
end

--- Makes a client with the given metatable. The token goes to the core and stays there.
---@param options vertexsms.Options|nil
---@param metatable table
---@param raises boolean whether the metatable's methods raise
---@return table|nil client
---@return vertexsms.Error|nil
function M.new(options, metatable, raises)
  local complete, err, variables = option_rules.complete(options)
  if not complete then return nil, err end
  local policy
  policy, err = retry.policy(complete.retry)
  if not policy then return nil, errors.within(err, "retry") end
  local tracks, guard
  local host, reason = late.try(hosts.pick, complete.host)
  if not host then return nil, errors.exhausted(reason) end
  tracks, err = make_tracking(complete.track, host)
  if err then return nil, err end
  guard, err = make_guard(complete.guard, host)
  if err then return nil, err end
  local engine, refusal = core.engine(option_rules.of_engine(complete))
  if not engine then return nil, option_rules.refused(refusal, complete, variables) end
  err = complete.track and token_in_track(engine, complete.track)
  if err then return nil, err end
  local client = option_rules.of_client(complete)
  client.engine, client.retry, client.host = engine, policy, host
  client.tracking, client.guard, client.option_names = tracks, guard, variables
  client.methods, client.raises = Client, raises
  client.is_plain = is_plain(client)
  err = load_for(client)
  if err then return nil, err end
  return setmetatable(client, metatable)
end

function M.describe(client)
  return ("vertexsms client (%s%s)"):format(client.engine:base_url(), client.engine:is_closed() and ", closed" or "")
end

--- Closes the connections. What is under way is given up; closing twice is fine.
---@return boolean true
function Client:close()
  self.engine:close()
  return true
end

return M
