--- Finds the library: what is installed comes first, then the source tree that this plugin lies in, built by `make`.

local M = {}

local ROOT = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h:h:h")
local is_searched = false

--- The source tree, where this folder still lies in it.
---@return string|nil
function M.root()
  return vim.fn.filereadable(ROOT .. "/lua/vertexsms/init.lua") == 1 and ROOT or nil
end

--- Lets `require` look into the source tree, after everything else.
function M.search()
  if is_searched or not M.root() then return end
  is_searched = true
  package.path = ("%s;%s/lua/?.lua;%s/lua/?/init.lua"):format(package.path, ROOT, ROOT)
  package.cpath = ("%s;%s/build/luajit/?.so"):format(package.cpath, ROOT)
end

--- What to do where the library does not load.
---@return string
function M.advice()
  local root = M.root()
  if root then return ("run 'make LUAS=luajit' in %s, and start Neovim again"):format(root) end
  return "install it for LuaJIT, in its source tree: make install LUA=luajit"
end

--- The library, or nil and why it is not there, with what to do.
---@return table|nil vertexsms
---@return string|nil reason
function M.load()
  M.search()
  local ok, loaded = pcall(require, "vertexsms")
  if ok then return loaded end
  -- What follows the first line of require's message is the list of places.
  local what = tostring(loaded):match("module '([^']+)' not found")
  local why = what and (what:match("^cjson") or what) .. " is missing" or tostring(loaded):match("^[^\n]*")
  if what and not what:find("^vertexsms") then
    return nil, ("%s: install it for LuaJIT (Debian's lua-cjson, or the rock lua-cjson)"):format(why)
  end
  return nil, ("the library does not load (%s): %s"):format(why, M.advice())
end

return M
