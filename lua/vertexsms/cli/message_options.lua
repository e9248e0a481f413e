--- The options of `send` and `cost` that make messages.
-- @module vertexsms.cli.message_options

local input = require("vertexsms.cli.input")

local M = {}

--- Option, the message field it fills, and what it is. Values are checked by the client, not here.
local FIELDS = {
  { "--dlr-url", "dlrUrl", "URL for the delivery report." },
  { "--priority", "priority", "Priority.", choices = { "high", "normal", "low" } },
  { "--scheduled", "scheduled", "When to send: ISO 8601 with offset, 2015-01-01T13:00:00+02:00." },
  { "--udh", "udh", "User data header, %05%00%03...; needs --coding." },
  { "--coding", "coding", "0 GSM 7-bit, 1 8-bit, 2 UCS-2; the text is not split then.", convert = true },
  { "--test-mode", "testMode", "1 emulates a delivered message, 2 a failed one.", convert = true },
  { "--expire-in", "expireIn", "Seconds until the message expires, 360 to 432000.", convert = true },
  { "--correct-by", "correctBy", "Country to correct a national number by, LT." },
}

--- Numbers as numbers; what is none goes on as it is, to be refused with the field's own words.
local function to_number(text)
  return tonumber(text) or text
end

--- Adds the fields of a message, all or the named ones.
---@param command table argparse's
---@param names table<string, true>|nil
function M.configure_fields(command, names)
  for _, field in ipairs(FIELDS) do
    if not names or names[field[2]] then
      local option = command:option(field[1], field[3]):target(field[2])
      if field.choices then option:choices(field.choices) end
      if field.convert then option:convert(to_number) end
    end
  end
end

--- Adds recipients, sender and text.
---@param command table argparse's
function M.configure(command)
  command:option("--to", "Recipient: international number, digits only; again for more. @FILE has one a line.")
    :argname("NUMBER"):count("+")
  command:option("--from", "Sender: a number, or up to 11 letters, digits, spaces and dots."):count(1)
  command:option("--message", "The text; - reads it from stdin, --message=-5 begins with a dash."):count(1)
  command:flag("--smart-encoding", "Replace typography where that alone makes the text more expensive.")
  M.configure_fields(command)
end

--- The fields that were given, on top of others.
---@param args table
---@param message table
---@return table message
function M.add_fields(args, message)
  for _, field in ipairs(FIELDS) do message[field[2]] = args[field[2]] end
  return message
end

local function recipients(list)
  local all = {}
  for _, to in ipairs(list) do
    local path = to:match("^@(.*)$")
    if not path then
      all[#all + 1] = to
    else
      local lines, problem = input.lines(path)
      if not lines then return nil, problem end
      for _, line in ipairs(lines) do all[#all + 1] = line end
    end
  end
  return all
end

--- One message for each recipient.
---@param args table
---@return table[]|nil messages
---@return string|nil problem
function M.messages(args)
  local all, problem = recipients(args.to)
  if not all then return nil, problem end
  if #all == 0 then return nil, "there is no recipient in the file" end
  local text = args.message == "-" and input.stdin() or args.message
  local messages = {}
  for i, to in ipairs(all) do
    messages[i] = M.add_fields(args, { to = to, from = args.from, message = text })
  end
  return messages
end

return M
