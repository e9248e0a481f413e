-- For `:checkhealth vertexsms`, which looks into the runtimepath alone, where LuaRocks installs nothing.

local library = require("vertexsms_library")
library.search()

local is_there, health = pcall(require, "vertexsms.health")
if is_there then return health end

-- Neovim 0.10 has vim.health.start, 0.8 vim.health.report_start, 0.7 the module health.
local function reporter(name)
  local module = vim.health or require("health")
  return module[name] or module["report_" .. name]
end

return {
  check = function()
    reporter("start")("vertexsms")
    reporter("error")(select(2, library.load()) or "the library is too old for this plugin", { library.advice() })
  end,
}
