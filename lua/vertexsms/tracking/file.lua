--- The store of a tracking in a file: for several processes, and for what must outlive them.
--
-- Each line is the latest state of one entry; a line that is torn or no JSON is ignored.  A step locks the file, reads
-- what others have appended since, and appends.  When most lines are of the past, those that count move to a new file.

local core = require("vertexsms.core")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")

local M = {}

local MAGIC = "vertexsms-tracking 1 "
-- The first line is another one in each file, so that everybody sees that it was replaced.
local HEADER_BYTES = #MAGIC + 32 + 1
local COMPACT_BYTES = 256 * 1024
-- Lines in the file for each that counts.
local COMPACT_RATIO = 4

local File = {}
File.__index = File

local function new_header()
  return MAGIC .. core.random_hex(16) .. "\n"
end

local function must(value, refusal)
  if value == nil then error("tracking: " .. refusal.message, 0) end
  return value
end

local function encode(id, entry)
  return assert(json.encode({ k = id, v = entry or nil })) .. "\n"
end

local function apply(self, id, entry)
  local before = self.open[id]
  self.open[id] = entry or nil
  self.count = self.count + (entry and 1 or 0) - (before and 1 or 0)
end

local function apply_line(self, line)
  self.lines = self.lines + 1
  local decoded = json.decode(line)
  if type(decoded) ~= "table" or type(decoded.k) ~= "string" then return end
  local entry = decoded.v
  if entry == nil or type(entry) == "table" and type(entry.expires) == "number" then apply(self, decoded.k, entry) end
end

local function forget(self, header)
  self.open, self.count, self.lines, self.offset, self.header = {}, 0, 0, 0, header
end

-- A last line without its end may be one that was never finished: it stays unread, and is ended before the next one.
local function catch_up(self, journal)
  local header = must(journal:read(0, HEADER_BYTES))
  if header ~= self.header or journal:size() < self.offset then forget(self, header) end
  local size = journal:size()
  if size == self.offset then
    self.is_torn = false
    return
  end
  local text = must(journal:read(self.offset, size - self.offset))
  local from = 1
  for line, after in text:gmatch("([^\n]*)\n()") do
    apply_line(self, line)
    from = after
  end
  self.offset = self.offset + from - 1
  self.is_torn = from <= #text
end

local function append(self, journal, id, entry, durable)
  local line = encode(id, entry)
  local header = journal:size() == 0 and new_header() or ""
  local text = header .. (self.is_torn and "\n" or "") .. line
  must(journal:append(text, durable or false))
  -- What of a new header others may have read before it was whole does not matter: then they read all of it again.
  if header ~= "" then self.header = header end
  if self.is_torn then return end -- read again next time, together with what was torn
  self.offset, self.lines = self.offset + #text, self.lines + 1
  apply(self, id, entry)
end

local function compact(self, journal)
  if journal:size() < COMPACT_BYTES or self.lines < COMPACT_RATIO * self.count then return end
  local header = new_header()
  local lines = { header }
  for id, entry in pairs(self.open) do lines[#lines + 1] = encode(id, entry) end
  local text = table.concat(lines)
  must(journal:replace(text))
  self.header, self.offset, self.lines, self.is_torn = header, #text, #lines, false
end

local function copy(entry)
  if not entry then return nil end
  local new = {}
  for name, value in pairs(entry) do new[name] = value end
  return new
end

local function change(self, journal, id, fn, durable)
  catch_up(self, journal)
  local before = self.open[id]
  local after = fn(copy(before))
  if after == nil or after == false and not before then return end
  append(self, journal, id, after, durable)
  if not self.is_torn then compact(self, journal) end
end

-- Nothing in between yields, so that the lock is held for a moment only.
local function with_journal(self, step, ...)
  local journal = must(core.journal(self.path))
  local ok, reason = pcall(step, self, journal, ...)
  journal:close()
  if not ok then error(reason, 0) end
end

function File:change(id, fn, durable)
  with_journal(self, change, id, fn, durable)
end

function File:entries()
  with_journal(self, catch_up)
  local all = {}
  for id, entry in pairs(self.open) do all[id] = copy(entry) end
  return all
end

-- In nginx's master, which is root, the file would become one that the workers cannot open.
local function may_open()
  local ngx = rawget(_G, "ngx")
  return not (type(ngx) == "table" and ngx.get_phase and ngx.get_phase() == "init")
end

--- Opens the file, or makes it, readable for this user alone.
---@param path string in a folder that is there
---@return vertexsms.TrackingStore|nil
---@return vertexsms.Error|nil
function M.new(path)
  local file = setmetatable({ path = path }, File)
  forget(file, "")
  local ok, reason = true, nil
  if may_open() then ok, reason = pcall(with_journal, file, catch_up) end
  if not ok then return nil, errors.invalid_argument("store", tostring(reason)) end
  return file
end

return M
