--- The options of `send` and `cost` that make messages.
--
-- Tested in spec/cli/send_many_spec.lua and spec/cli/input_spec.lua.

local fields = require("vertexsms.message.fields")
local input = require("vertexsms.cli.input")
local names = require("vertexsms.cli.names")
local numbers = require("vertexsms.base.number")
local recipients = require("vertexsms.cli.recipients")

local M = {}

M.MESSAGE_HELP = "The text. @FILE reads it from a file, - from stdin; one line end behind it is cut. A text that"
  .. " begins with @ is written with @@, one that begins with a dash as --message=-5."

-- Numbers as numbers; what is not one goes on as it is, to be refused with the field's own words.
local function to_number(text)
  return numbers.read(text) or text
end

local function argname_of(field)
  return field.values and "{" .. table.concat(field.values, ",") .. "}" or field.argname
end

--- Adds the fields of a message, except those that each command describes in its own words. Values are checked by the
-- client, not here.
---@param command table argparse's
---@param is_viber boolean|nil only those that a Viber message has
function M.configure_fields(command, is_viber)
  for _, field in ipairs(fields) do
    if field.help and (field.viber or not is_viber) then
      local option = command:option(names.option_of(field.name), field.help):target(field.name)
        :argname(argname_of(field))
      if field.values and field.type == "string" then option:choices(field.values) end
      if field.type == "integer" then option:convert(to_number) end
    end
  end
end

--- Adds recipients, sender and text.
---@param command table argparse's
function M.configure(command)
  command:option("--to", "Recipient: a number with its country code, such as 37069912345. Give it again for more"
    .. " recipients. @FILE reads them from a file, one a line; @- from stdin."):argname("NUMBER"):count("+")
  command:option("--from", "Sender: a number, or up to 11 Latin letters, digits, spaces and dots."):argname("SENDER")
    :count(1)
  command:option("--message", M.MESSAGE_HELP):argname("TEXT"):count(1)
  command:flag("--smart-encoding", "Replace quotation marks, dashes and the like by plain ones, where they alone make"
    .. " the text cost more.")
  M.configure_fields(command)
end

--- The fields that were given, on top of others.
---@param args table
---@param message table
---@return table message
function M.add_fields(args, message)
  for _, field in ipairs(fields) do
    if field.help then message[field.name] = args[field.name] end
  end
  return message
end

--- One message for each recipient.
---@param args table
---@param is_once boolean|nil the same number twice is refused
---@return table[]|nil messages
---@return vertexsms.cli.Recipient[]|nil recipients
---@return vertexsms.cli.Refused|nil
function M.messages(args, is_once)
  local all, refusal = recipients.read(args.to, { country = args.correctBy, is_once = is_once })
  if not all then return nil, nil, refusal end
  local text, reason = input.message(args.message)
  if not text then return nil, nil, { message = reason } end
  local messages = {}
  for i, recipient in ipairs(all) do
    local message = M.add_fields(args, { to = recipient.to, from = args.from, message = text })
    message.correctBy = recipient.correctBy
    messages[i] = message
  end
  return messages, all
end

--- An error about a recipient says where it stands.
---@param err table|nil an error of the client
---@param all vertexsms.cli.Recipient[]
---@return table|nil err the same
function M.locate(err, all)
  local recipient = err and err.kind == "invalid_argument" and err.field == "to" and all[err.index or 1]
  if not recipient or not recipient.file then return err end
  err.message = ("%s in line %d of %s"):format(err.message, recipient.line, recipient.file)
  return err
end

return M
