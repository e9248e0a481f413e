-- Reads Lua with LuaCATS's annotations, writes it with LDoc's, in which a name comes before its type.

-- A type ends at the first space outside of brackets, unless a colon or a comma is before that: `fun(a: b): c`.
local function split_type(text)
  local depth, last = 0, #text
  for position, char in text:gmatch("()(.)") do
    if char:find("[%(<{]") then depth = depth + 1 end
    if char:find("[%)>}]") then depth = depth - 1 end
    if char == " " and depth == 0 and not text:find("^[:,]", position - 1) then
      last = position - 1
      break
    end
  end
  return text:sub(1, last), text:sub(last + 1)
end

local CONVERT = {
  class = function(rest) return "-- @table " .. rest:match("^[%w_.]+") end,
  ["return"] = function(rest) return ("-- @return `%s`%s"):format(split_type(rest)) end,
}

local function named(tag)
  return function(rest)
    local name, after = rest:match("^%[?([^%s%]]+)%]? (.*)$")
    return ("-- @%s %s `%s`%s"):format(tag, name, split_type(after))
  end
end
CONVERT.param, CONVERT.field = named("param"), named("field")

for line in io.lines() do
  local tag, rest = line:match("^%-%-%-@(%l+) ?(.*)$")
  if not tag then print(line) elseif CONVERT[tag] then print(CONVERT[tag](rest)) end
end
