--- `vertexsms cost`: what messages would cost; nothing is sent.

local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local prices = require("vertexsms.cli.prices")
local session = require("vertexsms.cli.session")

local M = {
  name = "cost",
  summary = "Ask what messages would cost. Nothing is sent.",
  examples = {
    { "One message", 'vertexsms cost --to 37069912345 --from MyShop --message "Hello"' },
    { "A list of numbers and a text in files", "vertexsms cost --to @list.txt --from MyShop --message @text.txt" },
  },
}

---@param command table argparse's
function M.configure(command)
  message_options.configure(command)
  session.configure(command)
end

---@param args table
---@return integer exit code
function M.run(args)
  local messages, recipients, refusal = message_options.messages(args)
  if not messages then return outcome.refuse_all(refusal, args.json, true) end
  local question = #messages == 1 and messages[1] or messages
  return session.run(args, true, function(client)
    local cost, err = session.call(client, "cost", question)
    if not cost then return session.fail(message_options.locate(err, recipients), args, true) end
    prices.print(cost, args.json)
    return outcome.DONE
  end)
end

return M
