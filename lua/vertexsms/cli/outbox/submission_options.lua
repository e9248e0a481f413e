--- The options of `vertexsms send --outbox`, which `send` has also where there is no outbox; what works with one
-- (submission.lua) is loaded when it is used.
--
-- Tested in spec/cli/outbox/submission_spec.lua.

local convert = require("vertexsms.cli.convert")

local M = {}

---@param command table argparse's
function M.configure(command)
  command:option("--outbox", "Keep the messages in this outbox, and send what is in it. After a crash, the same"
    .. " command again sends the rest."):argname("PATH|URL")
  command:option("--campaign", "With --outbox: name of the campaign, in which a number has one message. (default: the"
    .. " name of the file of numbers)"):argname("NAME")
  command:option("--rate", "With --outbox: messages a second, of all workers together.")
    :convert(convert.number_of("--rate", "50")):argname("NUMBER")
end

--- The name of the campaign. Numbers of the command line are one that has no name by itself.
---@param args table
---@return string|nil
function M.campaign(args)
  if args.campaign then return args.campaign end
  local path = #args.to == 1 and args.to[1]:match("^@(.+)$")
  return path and path ~= "-" and require("vertexsms.cli.outbox.campaign").name_of(path) or nil
end

--- What is wrong with the options.
---@param args table
---@return string|nil reason
function M.refusal(args)
  if not args.outbox then
    for _, name in ipairs({ "campaign", "rate" }) do
      if args[name] then return ("--%s is an option of the outbox: give --outbox FILE, too"):format(name) end
    end
  elseif args.allow_duplicates then
    return "--allow-duplicates cannot be used with --outbox: a number has one message in a campaign"
  elseif not M.campaign(args) then
    return "--campaign is missing: --outbox needs a name for these messages, because the same name again sends none"
      .. " of them twice"
  end
end

return M
