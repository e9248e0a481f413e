--- What a function raises when it refuses its arguments.

local assert = require("luassert")
local errors = require("vertexsms.error")

---@param fn function
---@param ... any its arguments
---@return vertexsms.Error
return function(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(errors.is_error(err), tostring(err))
  assert.equal("invalid_argument", err.kind)
  return err
end
