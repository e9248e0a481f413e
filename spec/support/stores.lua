-- Stores in a folder of their own, for specs. Without SQLite there is nothing to test.

local core = require("vertexsms.core")

local M = {}

M.are_built = core.stores.sqlite

--- A folder that this user alone may enter.
---@return string path
function M.folder()
  local path = os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -m 700 " .. path))
  return path
end

---@param path string
function M.remove(path)
  os.execute("chmod -R u+rwX " .. path .. " 2>/dev/null; rm -rf " .. path)
end

--- Performs a step that must succeed.
---@param store vertexsms.core.Store
---@param step vertexsms.core.Step
---@return vertexsms.core.Result
function M.done(store, step)
  local result = assert(store:perform(step))
  assert(result.kind == "ok", result.message)
  return result
end

--- The rows of one statement.
---@param store vertexsms.core.Store
---@param sql string
---@param ... any its parameters
---@return table[] rows
function M.rows(store, sql, ...)
  local params = { n = select("#", ...), ... }
  return M.done(store, { { sql = sql, params = params }, read_only = true })[1].rows
end

return M
