-- Sends an alert by SMS, for systemd, Docker or cron: the number and the sender are in the environment, the token is in
-- a file that only this program can read.
--
--     ALERT_TO=37069912345 ALERT_FROM=MyShop VERTEXSMS_TOKEN_FILE=... lua examples/alert/alert.lua "backup failed"
--
-- Exit codes: 0 accepted; 1 not sent, and the same again would fail again; 2 not sent, later it may work; 3 it is not
-- known: it may have been sent.

local vertexsms = require("vertexsms")

local function stop(code, ...)
  io.stderr:write(table.concat({ ... }), "\n")
  os.exit(code)
end

local function from_environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function read_token(path)
  local file, reason = io.open(path, "r")
  if not file then stop(1, "the token cannot be read: ", reason) end
  local token = file:read("*l") -- without the line end
  file:close()
  return token
end

-- What systemd's LoadCredential= gives; what Docker's secrets give by their path; the environment.
local function find_token()
  local folder = from_environment("CREDENTIALS_DIRECTORY")
  local path = from_environment("VERTEXSMS_TOKEN_FILE")
  if path then return read_token(path) end
  local token = from_environment("VERTEXSMS_TOKEN")
  if token then return token end
  return folder and read_token(folder .. "/vertexsms_token")
end

local message = arg[1]
if not message or message == "" then stop(1, "usage: alert.lua MESSAGE") end

local client, reason = vertexsms.safe.new({ token = find_token(), timeout = 20 })
if not client then stop(1, tostring(reason)) end
local sent, err = client:send({
  to = from_environment("ALERT_TO") or stop(1, "ALERT_TO is missing"),
  from = from_environment("ALERT_FROM") or stop(1, "ALERT_FROM is missing"), message = message,
})
client:close()

if sent then
  print("accepted as " .. sent.id)
elseif err.outcome == "unknown" then
  stop(3, "it may have been sent, do not repeat it: ", err.message)
else
  stop(err.retryable and 2 or 1, "not sent: ", err.message)
end
