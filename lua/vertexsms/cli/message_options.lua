--- The options of `send` and `cost` that make messages.
--
-- Tested in spec/cli/send_many_spec.lua and spec/cli/input_spec.lua.

local fields = require("vertexsms.message.fields")
local input = require("vertexsms.cli.input")
local names = require("vertexsms.cli.names")
local numbers = require("vertexsms.base.number")

local M = {}

-- Numbers as numbers; what is not one goes on as it is, to be refused with the field's own words.
local function to_number(text)
  return numbers.read(text) or text
end

--- Adds the fields of a message, except those that each command describes in its own words. Values are checked by the
-- client, not here.
---@param command table argparse's
---@param is_viber boolean|nil only those that a Viber message has
function M.configure_fields(command, is_viber)
  for _, field in ipairs(fields) do
    if field.help and (field.viber or not is_viber) then
      local option = command:option(names.option_of(field.name), field.help):target(field.name)
      if field.values and field.type == "string" then option:choices(field.values) end
      if field.type == "integer" then option:convert(to_number) end
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
  for _, field in ipairs(fields) do
    if field.help then message[field.name] = args[field.name] end
  end
  return message
end

--- A recipient, and where it stands.
---@class vertexsms.cli.Recipient
---@field to string
---@field place string|nil "line 6 of numbers.txt"; nil for the command line

local function recipients(list)
  local all = {}
  for _, to in ipairs(list) do
    local path = to:match("^@(.*)$")
    if not path then
      all[#all + 1] = { to = to }
    else
      local lines, reason = input.lines(path)
      if not lines then return nil, reason end
      local name = path == "-" and "stdin" or path
      for _, line in ipairs(lines) do
        all[#all + 1] = { to = line.text, place = ("line %d of %s"):format(line.number, name) }
      end
    end
  end
  return all
end

--- One message for each recipient.
---@param args table
---@return table[]|nil messages
---@return vertexsms.cli.Recipient[]|string recipients, or the reason when messages is nil
function M.messages(args)
  local all, reason = recipients(args.to)
  if not all then return nil, reason end
  if #all == 0 then return nil, "--to names a file without a recipient: it must have a number such as 37069912345" end
  local text
  text, reason = input.text(args.message)
  if not text then return nil, reason end
  local messages = {}
  for i, recipient in ipairs(all) do
    messages[i] = M.add_fields(args, { to = recipient.to, from = args.from, message = text })
  end
  return messages, all
end

--- An error about a recipient says where it stands.
---@param err table|nil an error of the client
---@param all vertexsms.cli.Recipient[]
---@return table|nil err the same
function M.locate(err, all)
  local recipient = err and err.kind == "invalid_argument" and err.field == "to" and all[err.index or 1]
  if not recipient then return err end
  if recipient.place then err.message = err.message .. " in " .. recipient.place end
  return err
end

return M
