--- May the outbox, and the stores of a tracking and a guard, be written? A file that is there is not changed; for one
-- that is not, another one beside it is made and removed.
--
-- Tested in spec/doctor/init_spec.lua.

local findings = require("vertexsms.doctor.finding")

local M = { names = { "outbox", "tracking", "guard" } }

-- The file, and what SQLite and the core put beside one.
local SUFFIXES = { "", "-wal", "-shm", "-journal", "-turn", "-next" }

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

local ADVICE = {
  outbox = "name a file in a folder of this user's own, or a database that answers: --store or VERTEXSMS_OUTBOX",
  tracking = "name a file in a folder of this user's own, or a database that answers",
  guard = "correct the guard's rules, or the store that they name",
}

local function failed(name, reason)
  return { findings.error(name, reason, ADVICE[name]) }
end

local function without_mark(reason)
  return (reason:gsub("%.doctor%-[0-9a-f]+", ""))
end

local LABELS = { outbox = "the outbox", tracking = "the track store", guard = "the guard's store" }

local function check_new_file(context, name, path)
  local target = beside(context.core, path)
  local version, problem = ask(context, target)
  remove_all(target)
  if not version then return failed(name, without_mark(problem)) end
  return { findings.ok(name, ("%s %s is not there yet, and can be made (%s)"):format(LABELS[name], path, version)) }
end

-- Not by opening it: where this process has the database open, too, to close any descriptor of the file takes SQLite's
-- locks from it (sqlite.org/howtocorrupt.html, section 2.2). A file that takes its own name stays as it is (rename(2)).
local function is_there(path)
  return (os.rename(path, path))
end

local function check_file(context, name, path)
  if not is_there(path) then return check_new_file(context, name, path) end
  local version, problem = ask(context, path)
  if not version then return failed(name, problem) end
  return { findings.ok(name, ("%s %s can be written (%s)"):format(LABELS[name], path, version)) }
end

local function check(context, name, store)
  if not require("vertexsms.store").is_url(store) then return check_file(context, name, store) end
  local version, shown = ask(context, store)
  if not version then return failed(name, shown) end
  return { findings.ok(name, ("%s %s answers (%s)"):format(LABELS[name], shown, version)) }
end

function M.outbox(context)
  local store = context.options.store or os.getenv("VERTEXSMS_OUTBOX")
  if not store or store == "" or not context.core then return {} end
  return check(context, "outbox", store)
end

local function guard_store(rules)
  for _, options in ipairs(rules) do
    if type(options.store) == "string" and options.store:find("[/.]") then return options.store end
  end
end

function M.guard(context)
  local options = context.options
  if options.guard_problem then return failed("guard", options.guard_problem) end
  if not options.guard or #options.guard == 0 or not context.core then return {} end
  local _, err = require("vertexsms.guard").make(options.guard)
  if err then return failed("guard", err.message) end
  local list, store = { findings.ok("guard", "the guard's rules are right") }, guard_store(options.guard)
  list[2] = store and check(context, "guard", store)[1]
  return list
end

-- The format of before the store, which is taken over when it is opened. Asked of what is not a database alone.
local function is_old_tracking(path)
  local file = io.open(path, "rb")
  local head = file and file:read(19)
  if file then file:close() end
  return head == "vertexsms-tracking "
end

function M.tracking(context)
  local path = context.options.track_store
  if not path or not context.core then return {} end
  local list = check(context, "tracking", path)
  if list[1].status == "ok" or require("vertexsms.store").is_url(path) or not is_old_tracking(path) then return list end
  local is_writable, reason = findings.opens(path, "r+b")
  if not is_writable then return failed("tracking", "the track store cannot be written: " .. reason) end
  return { findings.ok("tracking", ("the track store %s will be taken over"):format(path)) }
end

return M
