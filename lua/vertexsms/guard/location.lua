--- Where the `store` of a guard's file is: a relative path is looked for beside the file, so that all commands that
-- read it count together, wherever they are called from.
--
-- Tested in spec/guard/location_spec.lua.

local M = {}

-- Loaded when it is asked: help is shown without a core, too.
local function is_url(store)
  return require("vertexsms.store").is_url(store)
end

--- Is it a path or a URL? A name of a dict has no slash, and no dot: a path has one of them.
---@param store any
---@return boolean
function M.is_location(store)
  return type(store) == "string" and (store:find("[/.]") ~= nil or is_url(store))
end

local function is_relative(store)
  return M.is_location(store) and store:sub(1, 1) ~= "/" and not is_url(store)
end

-- The same path written without what says nothing: `a//./b` is `a/b`. What `..` leads to a link may change.
local function plain(path)
  if not M.is_location(path) or is_url(path) then return path end
  local segments = {}
  for segment in path:gmatch("[^/]+") do
    if segment ~= "." then segments[#segments + 1] = segment end
  end
  return (path:sub(1, 1) == "/" and "/" or "./") .. table.concat(segments, "/")
end

--- The store that a file names.
---@param store any as in the file
---@param file string path of the file
---@return any store
function M.beside(store, file)
  if not is_relative(store) then return plain(store) end
  return plain((file:match("^(.*/)[^/]*$") or "./") .. store)
end

--- Are two stores the same one?
---@param one any
---@param other any
---@return boolean
function M.is_same(one, other)
  return plain(one) == plain(other)
end

return M
