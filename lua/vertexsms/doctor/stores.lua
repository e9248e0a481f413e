--- May the outbox and the store of a tracking be written? A file that is there is not changed; of one that is not, another
-- one beside it is made and removed.
--
-- Tested in spec/doctor/init_spec.lua.

local findings = require("vertexsms.doctor.finding")

local M = { names = { "outbox", "tracking" } }

-- What SQLite puts beside a file, and the file.
local SUFFIXES = { "", "-wal", "-shm", "-journal" }

local function beside(core, path)
  return ("%s.doctor-%s"):format(path, core.random_hex(8))
end

local function remove_all(path)
  for _, suffix in ipairs(SUFFIXES) do os.remove(path .. suffix) end
end

local QUERIES = {
  sqlite = "select 'SQLite ' || sqlite_version() as version", postgresql = "select version() as version",
}

-- Opens it as an outbox does, and asks for the version of what it is in.
local function ask(context, target)
  local hosts = require("vertexsms.host")
  local opened, err = require("vertexsms.store").open(target, hosts.pick(context.options.host))
  if not opened then return nil, err.message end
  local step = { timeout = context.timeout, { sql = QUERIES[opened.dialect] } }
  local result
  result, err = opened:perform(step)
  local name = opened.handle:name()
  opened:close()
  if not result then return nil, (err.message:gsub(" %(nothing was changed%)$", "")) end
  return tostring(result[1].rows[1].version):match("^[^ ]+ [^ ]+"), name
end

local STORE_ADVICE = "name a file in a folder of this user's own, or a database that answers: --store or VERTEXSMS_OUTBOX"

local function failed(reason)
  return { findings.error("outbox", reason, STORE_ADVICE) }
end

-- A file that is read-only opens for reading.
local function check_file(context, path)
  local is_there = findings.opens(path, "rb")
  if is_there then
    local is_writable, reason = findings.opens(path, "r+b")
    if not is_writable then return failed("the outbox cannot be written: " .. reason) end
    local version, problem = ask(context, path)
    if not version then return failed(problem) end
    return { findings.ok("outbox", ("the outbox %s can be written (%s)"):format(path, version)) }
  end
  local target = beside(context.core, path)
  local version, problem = ask(context, target)
  remove_all(target)
  if not version then return failed((problem:gsub("%.doctor%-[0-9a-f]+", ""))) end
  return { findings.ok("outbox", ("the outbox %s is not there yet, and can be made (%s)"):format(path, version)) }
end

function M.outbox(context)
  local store = context.options.store or os.getenv("VERTEXSMS_OUTBOX")
  if not store or store == "" or not context.core then return {} end
  if not require("vertexsms.store").is_url(store) then return check_file(context, store) end
  local version, name = ask(context, store)
  if not version then return failed(name) end
  return { findings.ok("outbox", ("the outbox %s answers (%s)"):format(name, version)) }
end

local function try_to_write(core, path)
  if findings.opens(path, "rb") then return findings.opens(path, "r+b") end
  local target = beside(core, path)
  local file, reason = io.open(target, "wb")
  if not file then return false, (reason:gsub("%.doctor%-[0-9a-f]+", "")) end
  file:close()
  os.remove(target)
  return true
end

function M.tracking(context)
  local path = context.options.track_store
  if not path or not context.core then return {} end
  local is_writable, reason = try_to_write(context.core, path)
  if is_writable then return { findings.ok("tracking", ("the track store %s can be written"):format(path)) } end
  return { findings.error("tracking", "the track store cannot be written: " .. reason,
    "name a file that this user may write, in a folder that is there") }
end

return M
