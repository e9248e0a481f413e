--- Steps of a store and the statements in them, as init.lua takes them.
--
-- Tested in spec/store/init_spec.lua.

local M = {}

--- A statement with its parameters.
---@param sql string
---@param must string|nil
---@param ... string|number|boolean|nil
---@return vertexsms.store.Statement
function M.statement(sql, must, ...)
  return { sql = sql, must = must, params = { n = select("#", ...), ... } }
end

--- Adds a statement to a step.
---@param step vertexsms.store.Statement[] changed in place
---@param sql string
---@param ... string|number|boolean|nil its parameters
---@return integer place
function M.add(step, sql, ...)
  step[#step + 1] = M.statement(sql, nil, ...)
  return #step
end

--- PostgreSQL's IF NOT EXISTS does not protect against another session that does the same: there, a step that makes
--- tables begins with this statement.
M.LOCK_TABLES = "SELECT pg_advisory_xact_lock(864223605)"

return M
