--- `vertexsms hlr`: asks for a number to be looked up; the result comes by callback.
--
-- Tested in spec/cli/submission_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local session = require("vertexsms.cli.session")

local M = {
  name = "hlr",
  summary = "Look a number up in its home network; the result goes to a URL.",
}

---@param command table argparse's
function M.configure(command)
  command:argument("number", "International number, digits only.")
  command:option("--callback-url", "Where the result goes; vertexsms listen can receive it."):argname("URL")
  session.configure(command)
end

---@param args table
---@return integer exit code
function M.run(args)
  return session.run_one(args, false, function(accepted) outcome.show_accepted(accepted, args.json) end,
    "hlr", args.number, { callBackUrl = args.callback_url })
end

return M
