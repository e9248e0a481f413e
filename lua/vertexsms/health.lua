--- `:checkhealth vertexsms` in Neovim: is everything here that a send needs?
--
-- Tested in spec/host/neovim_spec.lua.

local doctor = require("vertexsms.doctor")

local M = {}

-- The editor stands still meanwhile.
local TIMEOUT = 5

-- Of the command line, and of other programs than Neovim.
local OTHERS = { argparse = true, ["lua-http"] = true, luv = true, cqueues = true }

-- Neovim 0.10 has vim.health.start, 0.8 vim.health.report_start, 0.7 the module health.
local function reporter()
  local vim = rawget(_G, "vim")
  local health = vim.health or require("health")
  local report = {}
  for _, name in ipairs({ "start", "ok", "warn", "error" }) do
    report[name] = health[name] or health["report_" .. name]
  end
  return { start = report.start, ok = report.ok, warning = report.warn, error = report.error }
end

--- What Neovim calls. The same checks are `vertexsms doctor` in a shell.
function M.check()
  local report = reporter()
  report.start("vertexsms")
  for _, finding in ipairs(doctor.run({ timeout = TIMEOUT })) do
    if not OTHERS[finding.name] then report[finding.status](finding.message, finding.advice and { finding.advice }) end
  end
end

return M
