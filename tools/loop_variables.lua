--- Finds assignments to the variable of a `for`, the first of several, which Lua 5.5 refuses to compile and of which
-- luacheck says nothing.
-- Usage: lua5.1 tools/loop_variables.lua FILE...; exit code 1 where there are any.

local parser = require("luacheck.parser")
local decoder = require("luacheck.decoder")

local found = 0

local function report(path, node)
  found = found + 1
  print(("%s:%d: assignment to '%s', the variable of a for"):format(path, node.line, node[1]))
end

local function declare(scope, names, is_loop)
  for _, name in ipairs(names) do
    if name.tag == "Id" then scope[name[1]] = is_loop end
  end
end

local walk

local function walk_all(path, nodes, scope)
  for _, node in ipairs(nodes) do
    if type(node) == "table" then walk(path, node, scope) end
  end
end

local function inner(scope)
  return setmetatable({}, { __index = scope })
end

-- What a statement or expression does to the names around it, before its own parts are looked at.
local ON = {
  Set = function(path, node, scope)
    for _, target in ipairs(node[1]) do
      if target.tag == "Id" and scope[target[1]] then report(path, target) end
    end
  end,
  Local = function(_, node, scope) declare(scope, node[1], false) end,
  Localrec = function(_, node, scope) declare(scope, node[1].tag and { node[1] } or node[1], false) end,
  Function = function(_, node, scope) declare(scope, node[1], false) end,
  Fornum = function(_, node, scope) declare(scope, { node[1] }, true) end,
  Forin = function(_, node, scope)
    declare(scope, node[1], false)
    declare(scope, { node[1][1] }, true)
  end,
}

local OPENS_SCOPE = { Do = true, Function = true, Fornum = true, Forin = true }

function walk(path, node, scope)
  -- a list without a tag is a block, or a list of expressions, for which a scope of its own does no harm
  if OPENS_SCOPE[node.tag] or not node.tag then scope = inner(scope) end
  if ON[node.tag] then ON[node.tag](path, node, scope) end
  walk_all(path, node, scope)
end

for _, path in ipairs(arg) do
  local file = assert(io.open(path, "rb"))
  local source = file:read("*a"):gsub("^#[^\n]*", "")
  file:close()
  walk(path, parser.parse(decoder.decode(source)), {})
end
os.exit(found == 0 and 0 or 1)
