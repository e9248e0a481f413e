--- A simulator process for a spec, started before the first test of a block and stopped after the last.

local process = require("spec.support.process")

local M = {}

---@param options string[]|nil further arguments of `vertexsms simulate`
---@return table process with `url`
function M.start(options)
  local words = { "luajit", "bin/vertexsms", "simulate", "--port", "0", "--dlr-delay", "0" }
  for _, word in ipairs(options or {}) do words[#words + 1] = word end
  local simulator = process.start(words)
  simulator.url = simulator:expect("listening on (%S+)"):gsub("/$", "")
  return simulator
end

return M
