--- The store of a tracking in a file: for several processes, and for what must outlive them.
--
-- Each line is the latest state of one entry; a line that is torn or no JSON is ignored. A step locks the file, reads
-- what others have appended since, and appends. When most lines are of the past, those that count move to a new file.

local cjson = require("cjson.safe")
local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local program = require("vertexsms.host.program")
local reasons = require("vertexsms.base.reason")
local shown = require("vertexsms.base.shown")
local entries = require("vertexsms.tracking.entries")

local M = {}

local MAGIC = "vertexsms-tracking 1 "
-- The first line is another one in each file, so that everybody sees that it was replaced.
local HEADER_BYTES = #MAGIC + 32 + 1
local COMPACT_BYTES = 256 * 1024
-- Lines in the file for each that counts.
local COMPACT_RATIO = 4
-- What others have written is looked through with the lock in hand up to this many.
local NEWS_BYTES = 64 * 1024
-- A step takes microseconds, unless the process that has the lock was stopped in the middle. Then one step a second
-- waits longer for it than any other step takes.
local LOCK_SECONDS, LOCK_SECONDS_AFTER = 0.1, 0.001
local IMPATIENT_SECONDS = 1

local File = {}
File.__index = File

local function new_header()
  return MAGIC .. core.random_hex(16) .. "\n"
end

local function must(value, refusal)
  if value == nil then error(refusal.message, 0) end
  return value
end

local function encode(id, entry)
  local value = { k = id, v = entry or nil }
  return json.encode(value) or assert(cjson.encode(value)) -- a report may hold what is not UTF-8
end

-- Of an entry its line is kept, which goes into a new file as it is.
local function put(self, id, entry, line)
  self.entries:put(id, entry and { due = entry.due, line = line } or nil)
end

local function get(self, id)
  local kept = self.entries:get(id)
  return kept and json.decode(kept.line).v
end

local function is_entry(value)
  return type(value) == "table" and type(value.due) == "number" and type(value.expires) == "number"
    and type(value.pending_until) == "number"
end

local function apply_line(self, line)
  self.lines = self.lines + 1
  local decoded = json.decode(line)
  if type(decoded) ~= "table" or type(decoded.k) ~= "string" then return end
  if decoded.v == nil or is_entry(decoded.v) then put(self, decoded.k, decoded.v, line) end
end

local function forget(self, header)
  self.entries, self.lines, self.offset, self.header = entries.new(), 0, 0, header
end

-- A first line that was torn is the beginning of one of ours.
local function is_ours(header)
  local line = json.without_mark(header):match("^[^\n]*")
  return header == "" or line ~= "" and line:sub(1, #MAGIC) == MAGIC:sub(1, #line)
end

local function read_news(self, journal)
  local header, size = must(journal:read(0, HEADER_BYTES)), journal:size()
  if not is_ours(header) then
    error(("%s is not a tracking file: give the path of a new one"):format(shown.text(self.path)), 0)
  end
  if header ~= self.header or size < self.offset then forget(self, header) end
  return must(journal:read(self.offset, size - self.offset))
end

-- A last line without its end may be one that was never finished: it stays unread, and is ended before the next one.
local function apply_news(self, text)
  local from, stop = 1, text:find("\n", 1, true)
  while stop do
    apply_line(self, text:sub(from, stop - 1))
    from = stop + 1
    stop = text:find("\n", from, true)
  end
  self.offset = self.offset + from - 1
  self.is_torn = from <= #text
end

local function append(self, journal, id, entry)
  local line = encode(id, entry)
  local header = journal:size() == 0 and new_header() or ""
  local text = header .. (self.is_torn and "\n" or "") .. line .. "\n"
  must(journal:append(text))
  if self.is_torn then return end -- read again next time, together with what was torn
  self.offset, self.lines = self.offset + #text, self.lines + 1
  put(self, id, entry, line)
end

-- Returns whether there is a new file now, which is on the disk. What was appended is in the old one as well: where
-- that cannot be replaced, it is tried again when it has grown to twice its size.
local function compact(self, journal)
  if journal:size() < self.compact_bytes or self.lines < COMPACT_RATIO * self.entries.count then return false end
  local header, lines = new_header(), {}
  for _, kept in pairs(self.entries.open) do lines[#lines + 1] = kept.line .. "\n" end
  local text = header .. table.concat(lines)
  if not journal:replace(text) then
    self.compact_bytes = 2 * journal:size()
    return false
  end
  self.header, self.offset, self.lines, self.compact_bytes = header, #text, #lines + 1, COMPACT_BYTES
  return true
end

local function change(self, journal, id, fn)
  local before = get(self, id)
  local after, durable = fn(before)
  if after == nil or after == false and not before then return end
  if not before and not self.entries:has_room() then error(entries.FULL, 0) end
  append(self, journal, id, after)
  local is_on_disk = not self.is_torn and compact(self, journal)
  if durable and not is_on_disk then must(journal:sync()) end
end

local function open(self)
  local seconds = core.now() < self.impatient_until and LOCK_SECONDS_AFTER or LOCK_SECONDS
  local journal, refusal = core.journal(self.path, seconds)
  if not journal then self.impatient_until = core.now() + IMPATIENT_SECONDS end
  return must(journal, refusal)
end

-- Takes the step, unless there is more news than so much: then returns that.
local function try_step(self, journal, most, step, ...)
  local news = read_news(self, journal)
  if #news > most then return news end
  apply_news(self, news)
  step(self, journal, ...)
end

-- Nothing in between yields, and much news is looked through without the lock, so that it is held for a moment only.
local function with_journal(self, step, ...)
  local most = NEWS_BYTES
  repeat
    local journal = open(self)
    local ok, news = pcall(try_step, self, journal, most, step, ...)
    journal:close()
    if not ok then error(news, 0) end
    if news then apply_news(self, news) end
    most = 2 * most -- there is an end to it, however much others write
  until not news
end

function File:change(id, fn)
  with_journal(self, change, id, fn)
end

local function nothing() end

function File:due(now, most)
  with_journal(self, nothing)
  return self.entries:due(now, most)
end

--- Opens the file, or makes it, readable for this user alone.
---@param path string in a folder that is there
---@return vertexsms.TrackingStore|nil
---@return vertexsms.Error|nil
function M.new(path)
  local file = setmetatable({ path = path, impatient_until = 0, compact_bytes = COMPACT_BYTES }, File)
  forget(file, "")
  local ok, reason = true, nil
  -- In nginx's master, which is root, the file would become one that the workers cannot open.
  if not program.is_master() then ok, reason = pcall(with_journal, file, nothing) end
  if not ok then return nil, errors.invalid_argument("store", "store: " .. reasons.text(reason)) end
  return file
end

return M
