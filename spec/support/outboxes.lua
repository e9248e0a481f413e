--- Outboxes for the specs: each in a file of its own, workers in processes of their own.

local core = require("vertexsms.core")
local dialects = require("vertexsms.outbox.dialect")
local outboxes = require("vertexsms.outbox")
local process = require("spec.support.process")

local M = {}

local folder, server

-- In memory where there is such a folder: what a killed process has written is there all the same, and no spec waits
-- for the disk.
local function new_folder()
  local name = os.tmpname()
  os.remove(name)
  local path = "/dev/shm/" .. name:match("[^/]*$")
  local ok = os.execute("mkdir -m 700 " .. path .. " 2>/dev/null")
  if ok == true or ok == 0 then return path end
  os.execute("mkdir -m 700 " .. name)
  return name
end

--- Is what is opened from now on in PostgreSQL?
M.are_in_postgres = false

-- All specs of the outbox run over this one server: on a busy machine that takes minutes.
local SERVER_SECONDS = 900

local function new_database()
  server = server or require("spec.support.postgres").start(nil, { limit = SERVER_SECONDS })
  return server:new_database()
end

--- The path or the URL of a store that is not there yet; `remove` removes them all.
function M.new_path()
  if M.are_in_postgres then return new_database() end
  folder = folder or new_folder()
  return folder .. "/" .. core.random_hex(4) .. ".db"
end

function M.remove()
  if folder then os.execute("rm -rf " .. folder) end
  folder = nil
end

--- Ends the server of the databases.
function M.remove_server()
  if server then server:remove() end
  server = nil
end

--- An outbox whose methods return `nil, err`, over a new file unless `options` has a store.
function M.open(options)
  local complete = { store = M.new_path(), host = "blocking" }
  for key, value in pairs(options or {}) do complete[key] = value end
  return assert(outboxes.safe.open(complete))
end

--- What a person would type into `sqlite3`: the rows of the result, or nil and the error. `{now}` is the database's
-- time.
function M.query(outbox, sql, ...)
  local written = dialects.write(dialects[outbox.store.dialect], sql)
  local result, err = outbox.store:perform({ { sql = written, params = { n = select("#", ...), ... } } })
  return result and result[1].rows, err
end

--- The column `state` of a message.
function M.state(outbox, id)
  return assert(outbox:get(id)).state
end

--- Brings about what time would: leases, expiry, send_before.
function M.sweep(outbox)
  return require("vertexsms.outbox.keeping").sweep(outbox, function(step) return outbox:perform(step) end)
end

M.message = require("spec.support.message")

local WORKER = [[
  local core = require("vertexsms.core")
  local options = %s
  print("pid " .. core.process_id())
  io.stdout:flush()
  local client = require("vertexsms").new(options.client)
  local outbox = require("vertexsms.outbox").open {
    store = options.store, client = client, lease = options.lease, url = options.url, attempts = 1000,
  }
  local totals = outbox:run { concurrency = options.concurrency, batch_size = options.batch_size, until_empty = true }
  print("ended " .. (totals.paused or "empty"))
]]

local function literal(value)
  if type(value) ~= "table" then return type(value) == "string" and ("%q"):format(value) or tostring(value) end
  local fields = {}
  for key, inner in pairs(value) do fields[#fields + 1] = ("[%q] = %s"):format(key, literal(inner)) end
  return "{ " .. table.concat(fields, ", ") .. " }"
end

--- Starts a worker in a process of its own, which ends when the outbox is empty or paused.
---@param options table { store, client, lease, url, concurrency, batch_size }
---@return table process with `worker_pid`
function M.start_worker(options)
  local worker = process.start({ process.lua(), "-e", WORKER:format(literal(options)) })
  worker.worker_pid = worker:expect("^pid (%d+)$")
  return worker
end

--- Ends it as a crash would.
function M.kill(worker)
  os.execute(("kill -9 %s 2>/dev/null"):format(worker.worker_pid))
end

--- Is there a build with SQLite?
function M.has_sqlite()
  return core.stores ~= nil and core.stores.sqlite == true
end

return M
