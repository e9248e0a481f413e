--- What the specs of what costs money share: a simulator, whose lists are the witness, and servers that end with each
-- spec.

local clients = require("spec.support.mcp")
local core = require("vertexsms.core")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")

local M = {}

--- On LuaJIT alone: they take seconds, and spec/mcp/init_spec.lua sends on every Lua.
M.are_wanted = stores.are_built and rawget(_G, "jit") ~= nil

M.CAN_ASK = { elicitation = {} }
M.YES = { action = "accept", content = { confirm = true } }

--- A person who says yes to everything.
function M.yes() return M.YES end

local running, guard_path = {}, nil

-- How long a simulator may live: a busy machine takes its time.
local SECONDS_MAX = 400

function M.set_up() M.simulator = simulators.start(nil, nil, SECONDS_MAX) end

function M.tear_down()
  process.stop_all()
  outboxes.remove()
end

function M.before() M.simulator:call("DELETE", "/_simulator/messages") end

function M.after()
  -- A later one has inherited the pipes of those before.
  for i = #running, 1, -1 do running[i]:close() end
  if guard_path then os.remove(guard_path) end
  running, guard_path = {}, nil
end

--- Starts a server in live mode. `options.url`: the service; `options.store`: of another server.
function M.start(env, options)
  options = options or {}
  local all = { VERTEXSMS_MCP_MODE = "live" }
  for name, value in pairs(env or {}) do all[name] = value end
  local client = clients.start { url = options.url or M.simulator.url, env = all, store = options.store }
  running[#running + 1] = client
  return client
end

--- The same with hands shaken, and a person who says yes.
function M.shaken(env, options, capabilities)
  local client = M.start(env, options)
  client:shake_hands(capabilities or M.CAN_ASK)
  client.on_question = M.yes
  return client
end

--- A file with a guard, which is removed after the spec or by the next one.
function M.guard_file(text)
  if guard_path then os.remove(guard_path) end
  guard_path = os.tmpname()
  local file = assert(io.open(guard_path, "w"))
  file:write(text)
  file:close()
  return guard_path
end

local function listed(what)
  local _, answer = M.simulator:call("GET", "/_simulator/" .. what)
  return answer[what]
end

--- How many messages the service has.
function M.count() return #listed("messages") end

--- How many lookups and senders it has: what besides messages costs or acts.
function M.acts() return #listed("lookups") + #listed("senders") end

--- Makes older what the store of a server holds.
function M.let_time_pass(client, seconds)
  local store = core.store { path = client.store }
  for _, change in ipairs({
    "vertexsms_mcp_call SET created_at = created_at - ", "vertexsms_mcp_permit SET expires_at = expires_at - ",
  }) do
    stores.done(store, { { sql = "UPDATE " .. change .. seconds } })
  end
  store:close()
end

return M
