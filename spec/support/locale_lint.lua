--- Finds in Lua sources what leans on the host's locale: character classes in patterns, lower and upper, number formats
-- with a fraction, names of days and months.
--
-- A string literal with %a, %c, %d, %s, %w or %x in it may be a format; it is taken for one when `:format` follows it,
-- the parentheses it stands in, or the name that it is given.

local M = {}

-- A table.sort without a comparison is found by its single argument.
local CALLS = {
  { ":lower%(", "lower is the locale's: vertexsms.base.ascii has one" },
  { ":upper%(", "upper is the locale's: vertexsms.base.ascii has one" },
  { "string%.lower", "lower is the locale's: vertexsms.base.ascii has one" },
  { "string%.upper", "upper is the locale's: vertexsms.base.ascii has one" },
  { "table%.sort%([%w_.]+%)", "`<` is the locale's: vertexsms.base.ascii sorts octets" },
  { "string%.format%(", "write (\"...\"):format(...), so that this check understands it" },
}

-- The literals of a source: { text, first, last, line }. Comments and long strings are skipped.
local function literals_of(source)
  local list, blank, at = {}, {}, 1
  local function skip(last, filler)
    blank[#blank + 1] = (source:sub(at, last):gsub("[^\n]", filler))
    at = last + 1
  end
  while at <= #source do
    local from = source:find("[\"'%-%[]", at) or #source + 1
    blank[#blank + 1], at = source:sub(at, from - 1), from
    local level = source:match("^%[(=*)%[", at) or source:match("^%-%-%[(=*)%[", at)
    if level then
      skip(select(2, source:find("]" .. level .. "]", at, true)) or #source, " ")
    elseif source:find("^%-%-", at) then
      skip((source:find("\n", at, true) or #source + 1) - 1, " ")
    elseif source:find("^[\"']", at) then
      local quote, last = source:sub(at, at), at
      repeat
        last = last + (source:sub(last, last) == "\\" and last > at and 2 or 1)
      until source:sub(last, last) == quote or last > #source
      list[#list + 1] = { text = source:sub(at + 1, last - 1), first = at, last = last }
      skip(last, "_")
    elseif at <= #source then
      blank[#blank + 1], at = source:sub(at, at), at + 1
    end
  end
  return list, table.concat(blank)
end

-- Does `:format` follow the literal, the parentheses it stands in, or the name that it is given?
local function is_format(code, literal)
  local depth, at = 0, literal.last + 1
  local name = code:sub(1, literal.first - 1):match("local ([%w_]+) = $")
  if name and code:find("%f[%w_]" .. name .. ":format%(") then return true end
  while at <= #code do
    local char = code:sub(at, at)
    if char == "(" or char == "{" or char == "[" then depth = depth + 1 end
    if char == ")" or char == "}" or char == "]" then
      if depth == 0 then return char == ")" and code:find("^%s*:format%(", at + 1) ~= nil end
      depth = depth - 1
    end
    if char == "," and depth == 0 then return false end
    at = at + 1
  end
  return false
end

local function reason_for(code, literal)
  local text = literal.text:gsub("%%%%", "")
  if is_format(code, literal) then
    local has_point = text:gsub("%%%.0f", ""):find("%%[-+ #0-9.]*[aAeEfgG]")
    return has_point and "the format writes the locale's decimal point"
      or text:find("%q", 1, true) and "%q escapes the locale's control characters: vertexsms.base.ascii quotes" or nil
  end
  if code:sub(1, literal.first - 1):find("os%.date%($") then
    return text:find("%%[aAbBcprxX]") and "names of days and months are the locale's" or nil
  end
  text = text:gsub("%%[0-9A-F][0-9A-F]", "") -- octets of a header, as VertexSMS writes them
  if text:find("%%[acdglpsuwxACDGLPSUWX]") then return "the pattern's classes are the locale's" end
end

local function line_of(source, at)
  return select(2, source:sub(1, at):gsub("\n", "")) + 1
end

--- What is wrong with a source, a line of text each.
---@param source string
---@return string[]
function M.check(source)
  local findings = {}
  local literals, code = literals_of(source)
  local function find(at, reason) findings[#findings + 1] = ("%d: %s"):format(line_of(source, at), reason) end
  for _, literal in ipairs(literals) do
    local reason = reason_for(code, literal)
    if reason then find(literal.first, reason) end
  end
  for _, call in ipairs(CALLS) do
    for at in code:gmatch("()" .. call[1]) do find(at, call[2]) end
  end
  return findings
end

return M
