--- A module that is not there, and what to run for it: in the source tree, before it was built, and elsewhere.
--
-- It uses no other module. Tested in spec/cli/missing_spec.lua.

local M = {}

local function lua_name()
  return rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("[0-9]%.[0-9]")
end

-- The folder of the source tree; nil where this was installed.
local function source_tree()
  local root = debug.getinfo(1, "S").source:match("^@(.*)/lua/vertexsms/cli/missing%.lua$")
  local makefile = root and io.open(root .. "/Makefile")
  if not makefile then return nil end
  makefile:close()
  return (root:gsub("^bin/%.%.$", "."):gsub("^%./%.%.$", ".."):gsub("/bin/%.%.$", ""))
end

local function what_to_run(name)
  local tree = source_tree()
  if tree then return ("run `make deps && make` in %s"):format(tree) end
  if name:find("^vertexsms") then
    return ("run `make install LUA=%s` in the source tree of vertexsms"):format(lua_name())
  end
  return ("install it for %s (Debian: apt-get install lua-argparse lua-cjson)"):format(lua_name())
end

--- From what `require` raised: the module that it did not find and what to run, in one line; nil for anything else.
---@param reason any
---@return string|nil
function M.words(reason)
  local name = type(reason) == "string" and reason:match("module '([^'\n]+)' not found")
  if not name then return nil end
  name = name:gsub("^cjson%.safe$", "cjson")
  local what = name == "vertexsms.core" and "vertexsms is not built" or name .. " is missing"
  return ("%s for %s: %s"):format(what, lua_name(), what_to_run(name))
end

return M
