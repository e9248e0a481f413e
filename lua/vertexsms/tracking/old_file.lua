--- Takes over a tracking file of the versions before the store, once.
--
-- Each of its lines is the latest state of one entry; a line that is torn or no JSON is ignored. The entries go into a
-- store beside it, which then takes its place. All that happens under the file's own lock. The file stays, as
-- `.migrated`. A process that dies on the way leaves the file as it was, and the next one begins anew.

local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local program = require("vertexsms.host.program")

local M = {}

local MAGIC = "vertexsms-tracking 1 "
local SQLITE_MAGIC = "SQLite format 3"
local CHUNK_BYTES = 64 * 1024
-- A step of an old version takes microseconds, and taking a large file over less than a second.
local LOCK_SECONDS, PAUSE_SECONDS = 2, 0.005

local NOT_OURS = "%s is not a store of vertexsms: name a file that does not exist yet"
local LOCKED = "%s is a tracking file of an old version, and another process keeps it locked"
local TAKEN_OVER = "vertexsms: the tracking file %s is a database now; what it was is %s.migrated. Processes of the old"
  .. " version that use it track nothing any more"

-- By path. Closing a file of SQLite's would take away the locks of this process's connections to it.
local never_closed = {}

-- ---- reading --------------------------------------------------------------------------------------

-- A first line that was torn is the beginning of one of ours.
local function is_ours(header)
  local line = json.without_mark(header):match("^[^\n]*")
  return line ~= "" and line:sub(1, #MAGIC) == MAGIC:sub(1, #line)
end

local function is_time(value)
  return type(value) == "number" and value > -2 ^ 53 and value < 2 ^ 53
end

local function is_text(value) return type(value) == "string" and not core.invalid_utf8(value) end

local function is_entry(value)
  return type(value) == "table" and is_time(value.due) and is_time(value.expires) and is_time(value.pending_until)
end

-- What is not in order of the rest is left out.
local function entry_of(value)
  local is_held = is_time(value.holder) and value.holder % 1 == 0 and is_time(value.held_until)
  return {
    pending_until = value.pending_until, expires = value.expires, due = value.due,
    holder = is_held and value.holder or nil, held_until = is_held and value.held_until or nil,
    report = type(value.report) == "table" and value.report or nil,
  }
end

local function apply_line(entries, line)
  local decoded = json.without_nulls(json.decode(line))
  if type(decoded) ~= "table" or not is_text(decoded.k) then return end
  if decoded.v == nil then entries[decoded.k] = nil
  elseif is_entry(decoded.v) then entries[decoded.k] = entry_of(decoded.v) end
end

-- Applies the lines that are whole; returns the rest.
local function apply(entries, text)
  local from, stop = 1, text:find("\n", 1, true)
  while stop do
    apply_line(entries, text:sub(from, stop - 1))
    from = stop + 1
    stop = text:find("\n", from, true)
  end
  return text:sub(from)
end

local function read_entries(file)
  local entries, rest, offset = {}, "", 0
  while true do
    local text, refusal = file:read(offset, CHUNK_BYTES)
    if not text then return nil, refusal.message end
    rest, offset = apply(entries, rest .. text), offset + #text
    if #text < CHUNK_BYTES then return entries end
  end
end

-- ---- taking over ----------------------------------------------------------------------------------

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function remove_beside(path)
  for _, suffix in ipairs({ "-wal", "-shm", "-next", "-turn" }) do os.remove(path .. suffix) end
end

-- A process that died may have left some of it.
local function remove_store(path)
  os.remove(path)
  remove_beside(path)
end

local function replace(file, path, host, fill)
  local entries, reason = read_entries(file)
  if not entries then return reason end
  local new_path = path .. ".new"
  remove_store(new_path)
  reason = fill(new_path, entries, host)
  if not reason and exists(new_path .. "-wal") then reason = "what was written is not in the file yet" end
  if reason then
    remove_store(new_path)
    return reason
  end
  remove_beside(new_path)
  local ok, refusal = file:give_way(new_path, path .. ".migrated")
  if not ok then return refusal.message end
  program.log(TAKEN_OVER:format(path, path))
end

local function lock(path, host, handle)
  local stop = core.now() + LOCK_SECONDS
  while true do
    local file, refusal = core.old_file(path)
    if file then return file end
    if file == nil then return nil, refusal.message end
    if core.now() >= stop then return nil, LOCKED:format(path) end
    host.sleep(PAUSE_SECONDS, handle)
  end
end

-- Another process may have taken it over while this one waited.
local function is_taken_over(header) return header:sub(1, #SQLITE_MAGIC) == SQLITE_MAGIC end

--- Puts a store with the same entries in the place of an old file.
---@param path string of what SQLite says is not a database
---@param host vertexsms.Host
---@param handle vertexsms.core.Store for the host to wait with
---@param fill fun(path: string, entries: table<string, table>, host: vertexsms.Host): any makes a store with these
---  entries; returns why it could not
---@return any reason nil: there is a store now
function M.take_over(path, host, handle, fill)
  if never_closed[path] then return nil end
  local file, reason = lock(path, host, handle)
  if not file then return reason end
  local header, refusal = file:read(0, #MAGIC)
  if header and is_taken_over(header) then
    never_closed[path] = file
    return nil
  end
  if not header then reason = refusal.message
  elseif is_ours(header) then reason = replace(file, path, host, fill)
  else reason = NOT_OURS:format(path) end
  file:close()
  return reason
end

return M
