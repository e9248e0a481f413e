--- The store of a handler in nginx: an ngx.shared dict, which all workers see and a reload leaves alone.
--
-- A key holds the value, or, as long as there is none, the name of its holder; then nobody has to look at two keys.  A
-- key that has a value is held by the name at a second key.

local core = require("vertexsms.core")

local M = {}

-- First octets of holders' names; no value begins with one.
local FRESH, LOCKED = "@", "#"
local LOCK, HEIR = "vsms.lock:", "vsms.heir:"

local Shared = {}
Shared.__index = Shared

-- A worker that was killed gives nothing back.  Of those who notice one becomes the heir; a holder's name is never
-- used again.
local function inherit(dict, key, holder, seconds)
  local held = dict:get(key)
  local pid = held and tonumber(held:match("^[@#](%d+)"))
  if not pid or core.process_is_alive(pid) then return nil end
  if not dict:add(HEIR .. held, true, seconds) or dict:get(key) ~= held then return nil end
  local ok = dict:set(key, holder, seconds)
  return ok and holder or nil
end

local function unpadded(value)
  return value and value:match("^(.-) *$")
end

local function lock(dict, key, holder, seconds)
  local ok, reason = dict:add(LOCK .. key, holder, seconds)
  if not ok and reason ~= "exists" then return nil, nil, reason end
  if not ok then holder = inherit(dict, LOCK .. key, holder, seconds) end
  if not holder then return nil end
  return holder, unpadded(dict:get(key))
end

-- The process's number is asked for each time: a module may be loaded before the workers are forked.
local function new_name(self)
  local pid = self.pid()
  if self.known_pid ~= pid then
    self.known_pid, self.prefix = pid, FRESH .. pid .. self.name
  end
  self.count = self.count + 1
  return self.prefix .. self.count
end

--- See vertexsms.callback.history.
function Shared:claim(key, seconds)
  local dict, name = self.dict, new_name(self)
  local ok, reason = dict:add(key, name, seconds)
  if ok then return name end
  if reason ~= "exists" then return nil, nil, reason end
  local held = dict:get(key)
  if not held then return nil end -- it was given back this moment
  if held:sub(1, 1) == FRESH then return inherit(dict, key, name, seconds) end
  return lock(dict, key, LOCKED .. name:sub(2), seconds)
end

-- nginx overwrites a value of the same length where it is, and makes room anew for any other.
local PADDING = {}
for count = 1, 100 do PADDING[count] = (" "):rep(count) end

function Shared:settle(key, holder, value)
  value = value .. (PADDING[#holder - #value] or "")
  local ok, reason = self.dict:set(key, value)
  if holder:byte() == 35 then self:release(key, holder) end -- LOCKED
  if ok then return true end
  return nil, reason
end

function Shared:release(key, holder)
  if holder:byte() == 35 then key = LOCK .. key end
  if self.dict:get(key) == holder then self.dict:delete(key) end
end

--- Is the value an ngx.shared dict?
---@param value any
---@return boolean
function M.is_dict(value)
  return type(value) == "table" and type(value.add) == "function" and type(value.safe_set) == "function"
end

---@param dict table ngx.shared's
---@return table store
function M.new(dict)
  -- Another handler, or another Lua VM of the same worker, counts from 1 too.
  local name = ":" .. core.random_hex(4) .. ":"
  return setmetatable({ dict = dict, count = 0, name = name, pid = rawget(_G, "ngx").worker.pid }, Shared)
end

return M
