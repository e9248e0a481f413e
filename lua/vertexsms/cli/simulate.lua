--- `vertexsms simulate`: the simulator in the foreground.
-- @module vertexsms.cli.simulate

local service = require("vertexsms.cli.service")

local M = {
  name = "simulate",
  summary = "Run a local stand-in for VertexSMS that sends nothing.",
  needs_http = true,
}

local EPILOG = [[
Environment:
   VERTEXSMS_SIMULATOR_TOKEN  the only token to accept; without it, any token is]]

---@param command table argparse's
function M.configure(command)
  command:option("--port", "Port, 0 for a free one; it is printed."):convert(service.port):default("8025")
  command:option("--host", "Address to listen on."):default("127.0.0.1")
  command:flag("--public", "Allow an address that other machines can reach.")
  command:option("--dlr-delay", "Seconds until a delivery report is sent.")
    :convert(service.seconds):default("1")
  command:option("--dlr-retry", "Seconds until a report that was not answered OK is sent again.")
    :convert(service.seconds):default("5")
  command:option("--tls-cert", "Serve HTTPS with this certificate (PEM file).")
  command:option("--tls-key", "The certificate's key (PEM file).")
  command:epilog(EPILOG)
end

---@param args table
---@return integer exit code
function M.run(args)
  local token = os.getenv("VERTEXSMS_SIMULATOR_TOKEN")
  return service.run(require("vertexsms.simulator").new, {
    host = args.host, public = args.public, port = args.port,
    token = token ~= "" and token or nil,
    dlr_delay = args.dlr_delay, dlr_retry = args.dlr_retry,
    tls_cert = args.tls_cert, tls_key = args.tls_key,
  })
end

return M
