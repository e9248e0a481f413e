--- `vertexsms listen`: prints the delivery reports and other calls that come in.
--
-- Tested in spec/server/listener_spec.lua.

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local missing = require("vertexsms.cli.missing")
local service = require("vertexsms.cli.service")
local shown = require("vertexsms.base.shown")

local M = {
  name = "listen",
  summary = "Receive delivery reports and print them.",
  needs_http = true,
}

local EPILOG = [[
VertexSMS's addresses may call, and this machine, where the simulator runs; with --allow, only those it names.

Environment:
   VERTEXSMS_CALLBACK_SECRET            the URL must end in ?secret=...
   VERTEXSMS_CALLBACK_SIGNATURE_SECRET  bodies must be signed: X-VertexSMS-Signature]]

-- A path, for argparse's `convert`.
local function path(text)
  if text:find("^/[^?#]*$") then return text end
  return nil, ("%s is not a valid path: it must begin with / and have no query, such as /dlr"):format(shown.text(text))
end

---@param command table argparse's
function M.configure(command)
  command:option("--port", "Port, 0 for a free one; it is printed."):convert(convert.port):default("9000")
  command:option("--host", "Address to listen on; 0.0.0.0 for all."):default("127.0.0.1")
  command:option("--path", "Take calls at this path only; default: at any."):convert(path)
  command:option("--allow", "Address or range that may call; more than one is possible."):count("*"):init({})
  command:flag("--json", "One JSON object a line on stdout; everything else goes to stderr.")
  command:epilog(EPILOG)
end

---@param args table
---@return integer exit code
function M.run(args)
  local loaded, listener = pcall(require, "vertexsms.server.listener")
  if not loaded then
    io.stderr:write("vertexsms: ", missing.words(listener) or tostring(listener), "\n")
    return 1
  end
  return service.run(listener.new, {
    host = args.host, port = args.port, path = args.path, json = args.json,
    allow = args.allow[1] and args.allow or nil,
    secret = environment.get("VERTEXSMS_CALLBACK_SECRET"),
    signature_secret = environment.get("VERTEXSMS_CALLBACK_SIGNATURE_SECRET"),
  })
end

return M
