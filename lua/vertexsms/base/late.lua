--- Functions that are loaded when they are called, for programs that live for a moment.
--
-- Tested in spec/base/late_spec.lua.

local M = {}

local loaders = {}

-- ENOMEM, ENFILE, EMFILE: the same on every system.
local EXHAUSTED = { [12] = true, [23] = true, [24] = true }

--- Calls what loads modules. Where no descriptor is left for a file, `require` says that the file is not there. Any
-- other failure is raised.
---@param fn function
---@param ... any
---@return any|nil result
---@return string|nil reason
function M.try(fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then return result end
  local file, reason, code = io.open("/dev/null")
  if file then file:close() end
  if not EXHAUSTED[code] then error(result, 0) end
  return nil, "a part of vertexsms cannot be loaded: " .. reason:gsub("^/dev/null: ", "")
end

--- Adds functions of a module, which is loaded at the first call of one of them; they take their own places then.
---@param functions table
---@param path string of the module
---@param names string[]
---@param fail fun(reason: string): any makes of why it cannot be loaded what the functions return after nil
function M.add(functions, path, names, fail)
  local function load()
    local loaded, reason = M.try(require, path)
    if not loaded then return reason end
    for _, name in ipairs(names) do functions[name] = loaded[name] end
  end
  loaders[#loaders + 1] = load
  for _, name in ipairs(names) do
    functions[name] = function(...)
      local reason = load()
      if reason then return nil, fail(reason) end
      return functions[name](...)
    end
  end
end

--- Loads all that were added, for a program that must not wait for files later, and may find others there then.
---@return string|nil reason why it cannot
function M.load_all()
  local i = 1
  while loaders[i] do -- what is loaded may add more
    local reason = loaders[i]()
    if reason then return reason end
    i = i + 1
  end
  loaders = {}
end

return M
