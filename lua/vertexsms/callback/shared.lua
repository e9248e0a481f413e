--- The store of a handler in nginx: an ngx.shared dict, which all workers see and a reload leaves alone.
--
-- A key holds the value, or, as long as there is none, the name of its holder; then there is one key to look at. A
-- key that has a value is held by the name at a second key.

local core = require("vertexsms.base.core")
local program = require("vertexsms.host.program")

local M = {}

-- First octets of holders' names; no value begins with one.
local FRESH, LOCKED = "@", "#"
local LOCK, HEIR = "vsms.lock:", "vsms.heir:"

local Shared = {}
Shared.__index = Shared

-- A worker that was killed gives nothing back. Of those who notice one becomes the heir.
local function inherit(dict, key, holder, seconds)
  local held = dict:get(key)
  local pid = held and tonumber(held:match("^[@#]([0-9]+)"))
  if not pid or core.process_is_alive(pid) then return nil end
  if not dict:add(HEIR .. key .. held, true, seconds) or dict:get(key) ~= held then return nil end
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

-- A name comes again only after that many others: they are made beforehand, and are all of one length.
local NAMES = 1000

-- The process's number is asked for each time: a module may be loaded before the workers are forked.
local function next_name(self)
  local pid = self.pid()
  if self.named_pid ~= pid then
    self.named_pid, self.names, self.padded, self.padded_count = pid, {}, {}, 0
    for i = 1, NAMES do self.names[i] = ("%s%d:%s:%04d"):format(FRESH, pid, self.random, i) end
  end
  self.turn = self.turn % NAMES + 1
  return self.names[self.turn]
end

--- See vertexsms.callback.history.
function Shared:claim(key, seconds)
  local dict, name = self.dict, next_name(self)
  local ok, reason = dict:add(key, name, seconds)
  if ok then return name end
  if reason ~= "exists" then return nil, nil, reason end
  local held = dict:get(key)
  if not held then return nil end -- it was given back this moment
  if held:sub(1, 1) == FRESH then return inherit(dict, key, name, seconds) end
  return lock(dict, key, LOCKED .. name:sub(2), seconds)
end

-- nginx overwrites a value of the same length where it is, and makes room anew for any other. Most reports have one of
-- a few values.
local PADDED_MAX = 100

local function pad(self, value, length)
  local padded = self.padded[value]
  if padded then return padded end
  padded = value .. (" "):rep(length - #value)
  if self.padded_count < PADDED_MAX then
    self.padded[value], self.padded_count = padded, self.padded_count + 1
  end
  return padded
end

function Shared:settle(key, holder, value)
  local ok, reason = self.dict:set(key, pad(self, value, #holder))
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
  -- Another handler, or another Lua VM of the same worker, has names of its own.
  local random = core.random_hex(4)
  return setmetatable({ dict = dict, turn = 0, random = random, pid = program.process_id_source() }, Shared)
end

return M
