--- `vertexsms listen`: prints the delivery reports that come in.
-- @module vertexsms.cli.listen

local service = require("vertexsms.cli.service")

local M = {
  name = "listen",
  summary = "Receive delivery reports and print them.",
  needs_http = true,
}

---@param command table argparse's
function M.configure(command)
  command:option("--port", "Port, 0 for a free one; it is printed."):convert(service.port):default("9000")
  command:option("--host", "Address to listen on; 0.0.0.0 for all."):default("127.0.0.1")
  command:option("--path", "Take reports at this path only; default: at any.")
  command:flag("--json", "One JSON object a line on stdout; everything else goes to stderr.")
end

---@param args table
---@return integer exit code
function M.run(args)
  return service.run(require("vertexsms.listener").new, {
    host = args.host, port = args.port, path = args.path, json = args.json,
  })
end

return M
