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
  summary = "Receive delivery reports and other callbacks.",
  sections = {
    { title = "Who may call", text = "VertexSMS's addresses and this machine, where the simulator runs. With --allow,"
      .. " only those that it names." },
    { title = "Environment", rows = {
      { "VERTEXSMS_CALLBACK_SECRET", "The URL must end in ?secret=... with this secret." },
      { "VERTEXSMS_CALLBACK_SIGNATURE_SECRET", "Bodies must be signed with this secret: X-VertexSMS-Signature." },
    } },
  },
  examples = {
    { "Reports of the simulator: send with --dlr-url http://127.0.0.1:9000/", "vertexsms listen" },
    { "From the internet, behind a firewall that lets VertexSMS through",
      "vertexsms listen --host 0.0.0.0 --port 9000 --path /dlr" },
  },
  needs_http = true,
}

-- A path, for argparse's `convert`.
local function path(text)
  if text:find("^/[^?#]*$") then return text end
  return nil, ("%s is not a valid path: it must begin with / and have no query, such as /dlr"):format(shown.text(text))
end

---@param command table argparse's
function M.configure(command)
  command:option("--port", "Port to listen on, 0 for a free one. It is printed."):argname("PORT"):convert(convert.port)
    :default("9000")
  command:option("--host", "Address to listen on, 0.0.0.0 for all."):argname("ADDRESS"):default("127.0.0.1")
  command:option("--path", "Take calls at this path only. (default: any path)"):argname("PATH"):convert(path)
  command:option("--allow", "Address or range that may call, such as 192.0.2.0/24. Give it again for more.")
    :argname("ADDRESS"):count("*"):init({})
  command:flag("--json", "Print one JSON object a line on stdout. Everything else goes to stderr.")
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
