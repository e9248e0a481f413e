--- Is the library whole: its core, libcurl, certificate authorities, and the libraries of others?
--
-- Tested in spec/doctor/init_spec.lua and spec/host/neovim_spec.lua.

local findings = require("vertexsms.doctor.finding")
local reasons = require("vertexsms.base.reason")

local M = { names = { "library", "libcurl", "certificates", "databases", "cjson", "others" } }

local function lua_name()
  local jit = rawget(_G, "jit")
  return jit and jit.version or _VERSION
end

-- The version of Lua as LuaRocks and Debian's packages have it: LuaJIT is 5.1 to both.
local function lua_version()
  return _VERSION:match("[0-9]+%.[0-9]+")
end

local function how_to_build()
  return ("in the source tree, or that of a plugin manager: make LUAS=luajit (or the Lua that runs this). Or install"
    .. " for this Lua: luarocks --lua-version %s make rockspec/vertexsms-scm-1.rockspec. Or append the folder of its"
    .. " vertexsms/core.so to package.cpath: .../?.so"):format(lua_version())
end

---@param context vertexsms.doctor.Context gets the core
function M.library(context)
  local loaded, core = pcall(require, "vertexsms.base.core")
  if not loaded then
    local reason = reasons.bare(core):match("^[^\n]*"):gsub(":$", "") -- without the places that were looked at
    return { findings.error("library", ("the core does not load under %s: %s"):format(lua_name(), reason),
      how_to_build()) }
  end
  context.core = core
  return { findings.ok("library", ("vertexsms %s (%s)"):format(core.version, lua_name())) }
end

local FEATURES = { "SSL", "AsynchDNS", "HTTP2", "IPv6" }

local function features_of(core)
  local names = {}
  for _, name in ipairs(FEATURES) do
    if core.curl_features[name] then names[#names + 1] = name end
  end
  return table.concat(names, " ")
end

function M.libcurl(context)
  local core = context.core
  if not core then return {} end
  local words = ("%s (%s)"):format(core.curl_version, features_of(core))
  if not core.curl_features.SSL then
    return { findings.error("libcurl", words .. " was built without TLS", "install a libcurl with TLS, such as Debian's"
      .. " libcurl4, and build vertexsms with it") }
  elseif not core.curl_features.AsynchDNS then
    return { findings.warning("libcurl", words .. " looks names up without a limit of time", "install a libcurl with a"
      .. " threaded resolver: without one, a name server that does not answer holds up all requests") }
  end
  return { findings.ok("libcurl", words) }
end

local NO_AUTHORITIES = "install ca-certificates, or name a PEM file: --ca-file, or the option ca_file of vertexsms.new"

-- The file of an option is read where the client is made.
function M.certificates(context)
  if context.options.ca_file or not context.core then return {} end
  local path = context.core.authorities
  if not path then
    return { findings.warning("certificates", "libcurl knows of no certificate authorities", NO_AUTHORITIES) }
  elseif findings.opens(path, "rb") then
    return { findings.ok("certificates", "certificate authorities: " .. path) }
  end
  return { findings.warning("certificates", "certificate authorities cannot be read: " .. path, NO_AUTHORITIES) }
end

local DATABASES = {
  { "sqlite", "SQLite", "libsqlite3-dev", { path = "doctor" } },
  { "postgresql", "PostgreSQL", "libpq-dev", { url = "postgresql://localhost/doctor" } },
}

-- A store that nothing is asked of opens nothing but the library. Nil where that is there.
local function library_problem(core, config)
  local handle, refusal = core.store(config)
  if not handle then return refusal.message end
  handle:close()
end

-- An outbox, and what else a store is needed for, is not for everyone.
function M.databases(context)
  if not context.core then return {} end
  local there, missing, found = {}, {}, {}
  for _, each in ipairs(DATABASES) do
    local name, label, package, config = each[1], each[2], each[3], each[4]
    local is_built = context.core.stores[name]
    local problem = is_built and library_problem(context.core, config)
    local list = is_built and there or missing
    list[#list + 1] = is_built and label or ("%s (%s)"):format(label, package)
    if problem then
      found[#found + 1] = findings.warning("databases", problem, ("only what has a store in %s needs it"):format(label))
    end
  end
  local words = "the core was built with " .. (#there > 0 and table.concat(there, " and ") or "no database")
  if #missing > 0 then
    words = ("%s; for a store in %s, install the package and build again"):format(words, table.concat(missing, " or "))
  end
  table.insert(found, 1, findings.ok("databases", words))
  return found
end

function M.cjson()
  local loaded, cjson = pcall(require, "cjson")
  if loaded then return { findings.ok("cjson", "cjson " .. tostring(cjson._VERSION)) } end
  return { findings.error("cjson", "cjson is missing, which every request needs",
    ("luarocks --lua-version %s install lua-cjson, or Debian's lua-cjson"):format(lua_version())) }
end

-- Looked for and not loaded: luv makes a loop when it is.
local function is_found(module)
  if package.loaded[module] or package.preload[module] then return true end
  local path = module:gsub("%.", "/")
  for template in (package.path .. ";" .. package.cpath):gmatch("[^;]+") do
    if findings.opens((template:gsub("%?", (path:gsub("%%", "%%%%")))), "rb") then return true end
  end
  return false
end

local OTHERS = {
  { name = "argparse", module = "argparse", used_by = "the command line `vertexsms` needs it", package = "lua-argparse",
    is_needed = true },
  { name = "lua-http", module = "http.server", used_by = "`vertexsms simulate`, `vertexsms listen` and callbacks on a"
    .. " lua-http server need it", package = "lua-http", is_needed = true },
  { name = "luv", module = "luv", used_by = "only programs whose loop is luv need it" },
  { name = "cqueues", module = "cqueues", used_by = "only programs whose loop is cqueues need it" },
}

-- `simulate` and `listen` run themselves under another Lua, where that has lua-http.
local ELSEWHERE = { ["lua-http"] = " The command line looks for a LuaJIT or a Lua 5.1 that has it." }

local function look_for(other)
  if is_found(other.module) then return findings.ok(other.name, other.name .. " is here: " .. other.used_by) end
  local words = ("%s is not here for %s: %s"):format(other.name, lua_name(), other.used_by)
  if not other.is_needed then return findings.ok(other.name, words) end
  return findings.warning(other.name, words, ("if you use that, install it (Debian: %s).%s"):format(other.package,
    ELSEWHERE[other.name] or ""))
end

function M.others()
  local list = {}
  for i, other in ipairs(OTHERS) do list[i] = look_for(other) end
  return list
end

return M
