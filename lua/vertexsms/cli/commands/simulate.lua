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
  needs_http = true,
}

local EPILOG = [[
Open the URL that it prints in a browser: the messages, their parts and reports. Tests ask it with
vertexsms simulator, or over HTTP.

Every request that fails on purpose gets one of the faults:
   delay=SECONDS  taken, and answered late
   status=CODE    not taken: answered with this status, 503 for instance
   drop           taken, then the connection is closed: what became of it cannot be known
   drop=early     not taken, and the connection is closed: the same, seen from the other side
   malformed      taken, and answered with 200 and a body that is cut

Numbers for an HLR lookup: those that end in 40, 41, 43, 51 or 53 give that error, those in 77 and 78
are ported (as an object, as an array). A message with testMode 2 is not delivered, with error 43.

Environment:
   VERTEXSMS_SIMULATOR_TOKEN             the only token to accept; without it, any token is
   VERTEXSMS_SIMULATOR_SIGNATURE_SECRET  sign callbacks: X-VertexSMS-Signature]]

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
  command:option("--port", "Port, 0 for a free one; it is printed."):convert(convert.port):default("8025")
  command:option("--host", "Address to listen on."):default("127.0.0.1")
  command:flag("--public", "Allow an address that other machines can reach.")
  command:option("--tls-cert", "Serve HTTPS with this certificate (PEM file).")
  command:option("--tls-key", "The certificate's key (PEM file).")
end

local function configure_callbacks(command)
  command:option("--dlr-delay", "Seconds until a message is delivered and a callback is sent.")
    :convert(convert.seconds):default("1")
  command:option("--dlr-retry", "Seconds until a callback that was not answered OK is sent again.")
    :convert(convert.seconds):default("5")
  command:option("--late", "Send callbacks so many seconds later still."):convert(convert.seconds)
  command:flag("--duplicate", "Send each callback twice.")
  command:flag("--reorder", "Make every two callbacks change places.")
end

local function configure_faults(command)
  command:option("--fault", "How requests fail, see below; more than one is possible.")
    :argname("FAULT"):convert(faults.parse):count("*"):init({})
  command:option("--fault-rate", "The share of requests that fail, 0 to 1; default: all."):convert(rate)
  command:option("--seed", "Choose the same requests, faults and PINs in each run."):convert(seed)
end

---@param command table argparse's
function M.configure(command)
  configure_server(command)
  configure_callbacks(command)
  configure_faults(command)
  command:epilog(EPILOG)
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
