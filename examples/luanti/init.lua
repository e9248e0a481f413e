-- /report TEXT: an SMS to the operator. README.md says how the owner of a server allows it.

-- The engine gives it to the main chunk of a trusted mod alone. It must not get out of this file.
local insecure = minetest.request_insecure_environment()
if not insecure then
  minetest.log("error", "vertexsms_report: not trusted; add it to secure.trusted_mods, see its README.md")
  return
end

-- Other mods can neither see what is local here nor set what begins with "secure.".
local function setting(name) return minetest.settings:get("secure.vertexsms_" .. name) end

local OPERATOR, FROM = setting("operator"), setting("from") or "Luanti"
local TEXT_OCTETS_MAX = 300 -- an SMS costs money, a long one several times as much
local SECONDS_BETWEEN, HOURLY_MAX = 120, 10
local UPDATE_SECONDS = 0.001 -- of each step

-- What the library's modules have for globals: not the insecure environment, because what is called from a callback
-- can climb the stack with getfenv and take what is found there.
local globals = setmetatable({
  io = { stderr = insecure.io.stderr },
  require = function(name)
    assert(name:find("^vertexsms") or name:find("^cjson"), "not for the library: " .. name)
    return insecure.require(name)
  end,
}, { __index = _G })

local function search(name)
  local path = name:find("^vertexsms") and insecure.package.searchpath(name, insecure.package.path)
  return path and insecure.setfenv(assert(insecure.loadfile(path)), globals)
end

local function load_library()
  insecure.table.insert(insecure.package.loaders, 2, search)
  return insecure.require("vertexsms")
end

-- A file, because every mod can read the environment and the settings. Returns nil and why not.
local function read_token()
  local path = setting("token_file")
  if not path or path == "" then return nil, "secure.vertexsms_token_file is not set" end
  local file, reason = insecure.io.open(path, "r")
  if not file then return nil, "secure.vertexsms_token_file cannot be read: " .. reason end
  local token = file:read("*l")
  file:close()
  if not token or token == "" then return nil, "secure.vertexsms_token_file is empty: " .. path end
  return token
end

local function check_numbers()
  local address = insecure.require("vertexsms.address")
  if not OPERATOR or OPERATOR == "" then return "secure.vertexsms_operator is not set" end
  local is_good, reason = address.msisdn(OPERATOR)
  if not is_good then return "secure.vertexsms_operator " .. reason end
  is_good, reason = address.sender(FROM)
  if not is_good then return "secure.vertexsms_from " .. reason end
end

local SETTINGS = { token = "token_file", base_url = "base_url" }

-- Everything that the settings can have wrong is found when the server starts. Returns nil and why not.
local function connect()
  local is_loaded, vertexsms = pcall(load_library)
  if not is_loaded then return nil, "the library does not load: " .. tostring(vertexsms):match("^[^\n]*") end
  local token, reason = read_token()
  reason = reason or check_numbers()
  if reason then return nil, reason end
  local client, err = vertexsms.safe.new({ token = token, base_url = setting("base_url"), host = "tick" })
  if client then return client end
  local name = SETTINGS[err.field]
  return nil, (name and "secure.vertexsms_" .. name .. " is wrong: " or "") .. err.message
end

local client, reason_at_start = connect()
if not client then
  minetest.log("error", "vertexsms_report: " .. reason_at_start .. "; see its README.md")
  return
end

local function in_words(err, sent)
  if sent then return "The operator gets your report." end
  if err.outcome == "unknown" then return "The operator may have got your report; please do not repeat it." end
  return "Your report could not be sent: " .. (err.retryable and "try again later." or "please tell a moderator.")
end

local last_by_player, hour, count = {}, nil, 0

-- A reason to refuse, or nil and the report counts.
local function refuse(player, text)
  local now = minetest.get_us_time() / 1e6
  if text == "" then return "What do you want to report?" end
  if #text > TEXT_OCTETS_MAX then return "That is too long for an SMS." end
  local last = last_by_player[player]
  if last and now - last < SECONDS_BETWEEN then return "You have just reported something." end
  local this_hour = math.floor(now / 3600)
  if this_hour ~= hour then hour, count, last_by_player = this_hour, 0, {} end
  if count >= HOURLY_MAX then return "Too many reports in this hour." end
  count, last_by_player[player] = count + 1, now
end

minetest.register_chatcommand("report", {
  params = "<text>",
  description = "Tell the operator something by SMS",
  func = function(player, text)
    local reason = refuse(player, text)
    if reason then return false, reason end
    client:submit("send", { to = OPERATOR, from = FROM, message = player .. ": " .. text }, function(err, sent)
      local outcome = sent and "accepted as " .. sent.id or tostring(err)
      minetest.log(sent and "action" or "error", "vertexsms_report: " .. outcome)
      minetest.chat_send_player(player, in_words(err, sent))
    end)
    return true, "Your report is on its way."
  end,
})

minetest.register_globalstep(function() client:update(UPDATE_SECONDS) end)
minetest.register_on_shutdown(function() client:close() end)
