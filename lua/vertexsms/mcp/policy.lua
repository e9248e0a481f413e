--- What the operator allows, from the environment and a file: never from arguments.

local errors = require("vertexsms.error")
local guard_options = require("vertexsms.guard.options")
local json = require("vertexsms.json")
local location = require("vertexsms.guard.location")
local messages = require("vertexsms.mcp.message")
local shown = require("vertexsms.base.shown")
local written = require("vertexsms.check.json")

local M = {}

---@class vertexsms.mcp.Policy
---@field mode "preview"|"test"|"live" what send_sms may do
---@field consent "person"|"client" who must agree
---@field guard table|nil options of the guard
---@field store string|nil path or URL
---@field folder string|nil where the store is, when that folder is ours to make
---@field audit string|nil path of the audit's file; nil: stderr
---@field status_base_url string|nil

local MODES = { preview = true, test = true, live = true }
local GUARD_OCTETS_MAX = 65536

local function read_file(path)
  local file, reason = io.open(path, "rb")
  if not file then return nil, reason end
  local text
  text, reason = file:read(GUARD_OCTETS_MAX + 1)
  file:close()
  if reason then return nil, path .. ": " .. reason end
  if text and #text > GUARD_OCTETS_MAX then return nil, path .. " is too long" end
  return text or ""
end

local OTHER_STORE = "guard.store must be the store of VERTEXSMS_OUTBOX (%s), or be left out: what is sent is counted"
  .. " where it is written down"

-- The file may be that of the command line, which needs a store.
local function check_store(options, store, path)
  if options.store == nil or location.is_same(location.beside(options.store, path), store) then
    options.store = nil
    return nil
  end
  local named = store or "not set"
  if require("vertexsms.store").is_url(named) then named = "a URL" end -- which may have a password in it
  return errors.invalid_argument("guard.store", OTHER_STORE:format(named))
end

local function read_guard(path, store)
  local text, reason = read_file(path)
  if not text then return nil, "VERTEXSMS_GUARD: " .. reason end
  local options
  options, reason = written.decode(text)
  if options == nil then return nil, ("VERTEXSMS_GUARD: %s %s"):format(path, reason) end
  if not messages.is_object(options) or json.is_array(text) then
    return nil, "VERTEXSMS_GUARD: " .. path .. ' must hold one JSON object, such as {"allow": ["LT"]}'
  end
  -- A rule that is null is refused below: were it taken for one that is left out, the operator's limit would be gone.
  local err = guard_options.check(options) or check_store(options, store, path)
  if err then return nil, "VERTEXSMS_GUARD: " .. path .. ": " .. err.message end
  return options
end

-- The XDG Base Directory Specification: a path that is not absolute counts as not set.
local function folder_of(get)
  local state, home = get("XDG_STATE_HOME"), get("HOME")
  if state and state:sub(1, 1) == "/" then return state .. "/vertexsms" end
  return home and home:sub(1, 1) == "/" and home .. "/.local/state/vertexsms" or nil
end

local function add_store(policy, get)
  policy.store = get("VERTEXSMS_OUTBOX")
  if policy.store then return end
  policy.folder = folder_of(get)
  policy.store = policy.folder and policy.folder .. "/outbox.db"
end

--- Reads the operator's settings.
---@param get fun(name: string): string|nil of the environment
---@return vertexsms.mcp.Policy|nil
---@return string|nil reason
function M.read(get)
  local mode, consent = get("VERTEXSMS_MCP_MODE") or "preview", get("VERTEXSMS_MCP_CONSENT") or "person"
  if not MODES[mode] then return nil, "VERTEXSMS_MCP_MODE must be preview, test or live, not " .. shown.text(mode) end
  if consent ~= "person" and consent ~= "client" then
    return nil, "VERTEXSMS_MCP_CONSENT must be client, or left out, not " .. shown.text(consent)
  end
  local _, err = guard_options.is_switched_off()
  if err then return nil, err.message end
  local policy = {
    mode = mode, consent = consent, audit = get("VERTEXSMS_MCP_AUDIT"),
    status_base_url = get("VERTEXSMS_STATUS_BASE_URL"),
  }
  add_store(policy, get)
  local path = get("VERTEXSMS_GUARD")
  if not path then return policy end
  local reason
  policy.guard, reason = read_guard(path, policy.store)
  return policy.guard and policy, reason
end

return M
