--- `vertexsms hlr`: asks for a number to be looked up; the result comes by callback.
--
-- Tested in spec/cli/submission_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local recipients = require("vertexsms.cli.recipients")
local session = require("vertexsms.cli.session")

local M = {
  name = "hlr",
  summary = "Look a number up in its home network; the result goes to a URL.",
}

---@param command table argparse's
function M.configure(command)
  command:argument("number", "Number with its country code.")
  command:option("--callback-url", "Where the result goes; vertexsms listen can receive it."):argname("URL")
  session.configure(command)
end

---@param args table
---@return integer exit code
function M.run(args)
  local number, reason = recipients.one(args.number, "NUMBER")
  if not number then return outcome.refuse(reason, args.json) end
  return session.run_one(args, false, function(accepted) outcome.show_accepted(accepted, args.json) end,
    "hlr", number, { callBackUrl = args.callback_url })
end

return M
