--- What the counted programs share.

local M = {
  url = arg[1],
  MESSAGE = { to = "37069912345", from = "MyShop", message = "Your code is 4815" },
  --- The message as the library writes it.
  BODY = '{"from":"MyShop","message":"Your code is 4815","to":"37069912345"}',
  --- After each send the I/O thread goes to sleep in this time: whether it must be woken is the same each time then.
  PAUSE_SECONDS = 0.005,
}

-- What LuaJIT compiles depends on chance.
local jit = rawget(_G, "jit")
if jit then jit.off() end

-- Lua doubles its table of strings when it is full, which would be some sends' and not others': it is large already.
local STRINGS = 3 * 2 ^ 13

-- The first ones open the connection, and make what is kept.
local WARM_UP = 10

local function grow_string_table()
  local kept = {}
  for i = 1, STRINGS do kept[i] = "string " .. i end
  return kept
end

--- Calls `send` as many times as the command line says, and prints the octets of garbage that a send leaves.
---@param send fun()
function M.run(send)
  local sends, kept = tonumber(arg[2]), grow_string_table()
  for _ = 1, WARM_UP do send() end
  collectgarbage()
  collectgarbage("stop")
  local before = collectgarbage("count")
  for _ = 1, sends do send() end
  print(("garbage=%.0f"):format((collectgarbage("count") - before) * 1024))
  assert(#kept == STRINGS)
end

return M
