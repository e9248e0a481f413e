--- `:checkhealth vertexsms` in Neovim: is everything here that a send needs?
--
-- Tested in spec/host/neovim_spec.lua.

local M = {}

-- Neovim 0.10 has vim.health.start, 0.8 vim.health.report_start, 0.7 the module health.
local function reporter()
  local vim = rawget(_G, "vim")
  local health = vim.health or require("health")
  local report = {}
  for _, name in ipairs({ "start", "ok", "warn", "error" }) do
    report[name] = health[name] or health["report_" .. name]
  end
  return report
end

local function is_readable(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

local function check_core(report)
  local loaded, core = pcall(require, "vertexsms.base.core")
  if not loaded then
    report.error("the core does not load: " .. tostring(core), {
      "In the tree of a plugin manager: make LUAS=luajit",
      "or install for Neovim's Lua: luarocks --lua-version 5.1 make rockspec/vertexsms-scm-1.rockspec",
      "or append the folder of its vertexsms/core.so to package.cpath: .../?.so",
    })
    return nil
  end
  local jit = rawget(_G, "jit")
  report.ok(("vertexsms %s (%s)"):format(core.version, jit and jit.version or _VERSION))
  report.ok(core.curl_version)
  return core
end

local function check_cjson(report)
  local loaded, cjson = pcall(require, "cjson")
  if not loaded then
    report.error("cjson is missing", "luarocks --lua-version 5.1 install lua-cjson, or Debian's lua-cjson")
    return false
  end
  report.ok("cjson " .. tostring(cjson._VERSION))
  return true
end

local function check_authorities(report, core)
  local path = core.authorities
  if path and is_readable(path) then return report.ok("certificate authorities: " .. path) end
  report.warn(path and "certificate authorities cannot be read: " .. path or "libcurl knows of no authorities",
    "Install ca-certificates, or give the option ca_file to vertexsms.new")
end

-- Yes or no, never which.
local function check_token(report)
  local token = os.getenv("VERTEXSMS_TOKEN")
  if token and token ~= "" then return report.ok("VERTEXSMS_TOKEN is set") end
  report.warn("VERTEXSMS_TOKEN is not set", "Set it, or give the option token to vertexsms.new")
end

local function check_base_url(report)
  local client, err = require("vertexsms").safe.new({ token = "checkhealth" })
  if not client then return report.error(err.message, "Correct the variable VERTEXSMS_BASE_URL, or unset it") end
  report.ok("base URL: " .. client.engine:base_url())
  client:close()
end

--- What Neovim calls.
function M.check()
  local report = reporter()
  report.start("vertexsms")
  local core, cjson = check_core(report), check_cjson(report)
  if core then check_authorities(report, core) end
  check_token(report)
  if core and cjson then check_base_url(report) end
end

return M
