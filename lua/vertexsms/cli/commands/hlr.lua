--- `vertexsms hlr`: asks for a number to be looked up; the result comes by callback.
--
-- Tested in spec/cli/submission_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local recipients = require("vertexsms.cli.recipients")
local session = require("vertexsms.cli.session")

local M = {
  name = "hlr",
  summary = "Look a number up in its network. A URL gets the result.",
  examples = {
    { "`vertexsms listen` can receive the result", "vertexsms hlr 37069912345 --callback-url https://example.com/hlr" },
  },
}

---@param command table argparse's
function M.configure(command)
  command:argument("number", "Number with its country code, such as 37069912345.")
  command:option("--callback-url", "URL that VertexSMS sends the result to."):argname("URL")
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
