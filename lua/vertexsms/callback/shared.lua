--- The store of a handler in nginx: an ngx.shared dict, which all workers see and a reload leaves alone.

local core = require("vertexsms.core")

local M = {}

local VALUE, LOCK, HEIR = "vsms.value:", "vsms.lock:", "vsms.heir:"

local Shared = {}
Shared.__index = Shared

function Shared:get(key)
  local value, reason = self.dict:get(VALUE .. key)
  if reason then error("ngx.shared: " .. reason, 0) end
  return value
end

function Shared:set(key, value)
  local ok, reason = self.dict:set(VALUE .. key, value)
  if not ok then error("ngx.shared: " .. tostring(reason), 0) end
end

-- A worker that was killed gives nothing back.  Of those who notice one becomes the heir; a holder's name is never
-- used again.
local function inherit(dict, key, holder, seconds)
  local held = dict:get(LOCK .. key)
  local pid = held and tonumber(held:match("^%d+"))
  if not pid or core.process_is_alive(pid) then return nil end
  if not dict:add(HEIR .. held, true, seconds) or dict:get(LOCK .. key) ~= held then return nil end
  local ok = dict:set(LOCK .. key, holder, seconds)
  return ok and holder or nil
end

-- The process's number is asked for each time: a module may be loaded before the workers are forked.
function Shared:lock(key, seconds)
  self.count = self.count + 1
  local holder = ("%d:%d:%s"):format(self.process_id(), self.count, self.name)
  local ok, reason = self.dict:add(LOCK .. key, holder, seconds)
  if ok then return holder end
  if reason ~= "exists" then error("ngx.shared: " .. tostring(reason), 0) end
  return inherit(self.dict, key, holder, seconds)
end

function Shared:unlock(key, holder)
  if self.dict:get(LOCK .. key) == holder then self.dict:delete(LOCK .. key) end
end

--- Is the value an ngx.shared dict?
---@param value any
---@return boolean
function M.is_dict(value)
  return type(value) == "table" and type(value.add) == "function" and type(value.safe_set) == "function"
end

---@param dict table ngx.shared's
---@return vertexsms.CallbackStore
function M.new(dict)
  -- Another handler, or another Lua VM of the same worker, counts from 1 too.
  return setmetatable({ dict = dict, count = 0, name = core.random_hex(4), process_id = core.process_id }, Shared)
end

return M
