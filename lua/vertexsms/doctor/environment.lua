--- What the process was given: variables, and how many descriptors it may open. Values are never told, they may be
-- secrets.
--
-- Tested in spec/doctor/init_spec.lua.

local findings = require("vertexsms.doctor.finding")

local M = { names = { "descriptors", "live", "proxies", "variables" } }

-- A client has up to 100 requests in flight, each on a connection of its own.
local DESCRIPTORS_WANTED = 256

local function limit_of_linux()
  local file = io.open("/proc/self/limits")
  if not file then return nil end
  local limit = file:read("*a"):match("\nMax open files +([0-9a-z]+)")
  file:close()
  return limit
end

local function limit_of_shell()
  local started, pipe = pcall(io.popen, "ulimit -n 2>/dev/null")
  if not started or not pipe then return nil end
  local limit = pipe:read("*l")
  pipe:close()
  return limit
end

function M.descriptors()
  local limit = limit_of_linux() or limit_of_shell()
  if limit == "unlimited" then return { findings.ok("descriptors", "descriptors: no limit") } end
  local count = tonumber(limit)
  if not count then return {} end
  if count >= DESCRIPTORS_WANTED then
    return { findings.ok("descriptors", ("this process may open %d descriptors"):format(count)) }
  end
  return { findings.warning("descriptors", ("this process may open only %d descriptors"):format(count),
    ("raise `ulimit -n` to %d or more, or lower the option concurrency"):format(DESCRIPTORS_WANTED)) }
end

local function get(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

function M.live(context)
  if not get("VERTEXSMS_LIVE") or not context.core then return {} end
  local is_off, err = require("vertexsms.guard.options").is_switched_off()
  if err then return {} end -- that is told where no client can be made
  if not is_off then return { findings.ok("live", "VERTEXSMS_LIVE is set: sends are real") } end
  return { findings.warning("live", "VERTEXSMS_LIVE is off: messages without testMode are refused",
    "unset it where messages shall be sent") }
end

local PROXIES = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY" }

function M.proxies(context)
  if context.options.proxy then return {} end
  for _, name in ipairs(PROXIES) do
    if get(name) then
      return { findings.warning("proxies", name .. " is set, but proxies of the environment are not used",
        "where this machine needs a proxy, give it: --proxy, or the option proxy of vertexsms.new") }
    end
  end
  return {}
end

local NAMES = {
  "VERTEXSMS_TOKEN_FILE", "VERTEXSMS_TOKEN", "CREDENTIALS_DIRECTORY", "VERTEXSMS_BASE_URL", "VERTEXSMS_STATUS_BASE_URL",
  "VERTEXSMS_LIVE", "VERTEXSMS_GUARD", "VERTEXSMS_OUTBOX",
}

function M.variables()
  local set = {}
  for _, name in ipairs(NAMES) do
    if get(name) then set[#set + 1] = name end
  end
  if #set == 0 then return { findings.ok("environment", "no variable of vertexsms is set") } end
  return { findings.ok("environment", "variables that are set: " .. table.concat(set, ", ")) }
end

return M
