--- `vertexsms simulate`: the simulator in the foreground.
--
-- Tested in spec/cli/init_spec.lua.

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local faults = require("vertexsms.simulator.faults")
local numbers = require("vertexsms.base.number")
local service = require("vertexsms.cli.service")
local shown = require("vertexsms.base.shown")

local M = {
  name = "simulate",
  summary = "Run a local stand-in for VertexSMS that sends nothing.",
  sections = {
    { title = "Inbox", text = "Open the URL that it prints in a browser: it shows the messages, their parts and"
      .. " reports. Tests ask it with `vertexsms simulator`, or over HTTP." },
    { title = "Faults", text = "A request that fails on purpose gets one of these.", rows = {
      { "delay=SECONDS", "The message is taken, and the answer comes late." },
      { "status=CODE", "Not taken. The answer has this HTTP status, such as 503." },
      { "drop", "Taken, then the connection is closed. The client cannot know what became of it." },
      { "drop=early", "Not taken, and the connection is closed. To the client it looks the same." },
      { "malformed", "Taken. The answer is 200, with a body that is cut." },
    } },
    { title = "Numbers with a result of their own", text = "HLR lookups of numbers that end in 40, 41, 43, 51 or 53"
      .. " give that error. Those that end in 77 and 78 are ported, told as an object and as an array. A message with"
      .. " testMode 2 is not delivered, with error 43." },
    { title = "Environment", rows = {
      { "VERTEXSMS_SIMULATOR_TOKEN", "The only token to accept. Without it, any token is." },
      { "VERTEXSMS_SIMULATOR_SIGNATURE_SECRET", "Sign callbacks with this secret: X-VertexSMS-Signature." },
    } },
  },
  examples = {
    { "In one terminal", "vertexsms simulate" },
    { "In another", "export VERTEXSMS_BASE_URL=http://127.0.0.1:8025 VERTEXSMS_TOKEN=any\n"
      .. 'vertexsms send --to 37069912345 --from MyShop --message "Hello"' },
    { "One request in ten gets no answer", "vertexsms simulate --fault drop --fault-rate 0.1" },
  },
  needs_http = true,
}

-- A share, for argparse's `convert`.
local function rate(text)
  local number = numbers.read(text)
  if number and number >= 0 and number <= 1 then return number end
  return nil, ("%s is not a valid share: it must be a number from 0 to 1, such as 0.1"):format(shown.text(text))
end

local function seed(text)
  local number = text:match("^[0-9]+$") and tonumber(text)
  if number and number < 2 ^ 31 then return number end
  return nil, ("%s is not a valid seed: it must be a whole number below 2147483648"):format(shown.text(text))
end

local function configure_server(command)
  command:option("--port", "Port to listen on, 0 for a free one. It is printed."):argname("PORT"):convert(convert.port)
    :default("8025")
  command:option("--host", "Address to listen on."):argname("ADDRESS"):default("127.0.0.1")
  command:flag("--public", "Allow an address that other machines can reach.")
  command:option("--tls-cert", "Serve HTTPS with this certificate: a PEM file."):argname("FILE")
  command:option("--tls-key", "The certificate's key: a PEM file."):argname("FILE")
end

local function configure_callbacks(command)
  command:option("--dlr-delay", "Seconds until a message is delivered and its report is sent.")
    :argname("SECONDS"):convert(convert.seconds):default("1")
  command:option("--dlr-retry", "Seconds until a callback that was not answered with OK is sent again.")
    :argname("SECONDS"):convert(convert.seconds):default("5")
  command:option("--late", "Seconds that callbacks are late, in addition."):argname("SECONDS"):convert(convert.seconds)
  command:flag("--duplicate", "Send each callback twice.")
  command:flag("--reorder", "Make every two callbacks change places.")
end

local function configure_faults(command)
  command:option("--fault", "How requests fail, see below. Give it again for more.")
    :argname("FAULT"):convert(faults.parse):count("*"):init({})
  command:option("--fault-rate", "Share of the requests that fail, 0 to 1. (default: 1)"):argname("SHARE")
    :convert(rate)
  command:option("--seed", "Number that chooses the same requests, faults and PINs in each run."):argname("NUMBER")
    :convert(seed)
end

---@param command table argparse's
function M.configure(command)
  configure_server(command)
  configure_callbacks(command)
  configure_faults(command)
end

---@param args table
---@return integer exit code
function M.run(args)
  return service.run(require("vertexsms.simulator").new, {
    host = args.host, public = args.public, port = args.port, tls_cert = args.tls_cert, tls_key = args.tls_key,
    token = environment.get("VERTEXSMS_SIMULATOR_TOKEN"),
    signature_secret = environment.get("VERTEXSMS_SIMULATOR_SIGNATURE_SECRET"),
    dlr_delay = args.dlr_delay, dlr_retry = args.dlr_retry,
    late = args.late, duplicate = args.duplicate, reorder = args.reorder,
    faults = args.fault, fault_rate = args.fault_rate, seed = args.seed,
  })
end

return M
