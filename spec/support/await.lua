--- Waits for what another process does without telling.

local socket = require("socket")

local LOOK_SECONDS = 0.02

---@param holds fun(): any
---@param seconds number|nil at most; default 10
---@return boolean whether it came to that
return function(holds, seconds)
  local deadline = socket.gettime() + (seconds or 10)
  while socket.gettime() < deadline do
    if holds() then return true end
    socket.select(nil, nil, LOOK_SECONDS)
  end
  return false
end
