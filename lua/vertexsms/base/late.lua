--- Functions that are loaded when they are called, for programs that live for a moment.
--
-- Tested in spec/base/late_spec.lua.

local M = {}

local loaders = {}

--- Adds functions of a module, which is loaded at the first call of one of them; they take their own places then.
---@param functions table
---@param path string of the module
---@param names string[]
function M.add(functions, path, names)
  local function load()
    local loaded = require(path)
    for _, name in ipairs(names) do functions[name] = loaded[name] end
  end
  loaders[#loaders + 1] = load
  for _, name in ipairs(names) do
    functions[name] = function(...)
      load()
      return functions[name](...)
    end
  end
end

--- Loads all that were added, for a program that must not wait for files later, and may find others there then.
function M.load_all()
  for i = 1, #loaders do loaders[i]() end
  loaders = {}
end

return M
