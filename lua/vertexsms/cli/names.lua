--- What the user of the command line calls the options and fields of the client, so that an error speaks of those.
--
-- Tested in spec/cli/input_spec.lua and spec/cli/names_spec.lua.

local ascii = require("vertexsms.base.ascii")
local message_fields = require("vertexsms.message.fields")

local M = {}

--- Of the client's options. max_response_bytes has no other name here: it is the default.
M.CLIENT = {
  base_url = "VERTEXSMS_BASE_URL", status_base_url = "VERTEXSMS_STATUS_BASE_URL", token = "VERTEXSMS_TOKEN",
  timeout = "--timeout", ca_file = "--ca-file", proxy = "--proxy", max_response_bytes = "1 MiB",
}

local FIELDS = {
  im = "--im", msisdn = "NUMBER", callBackUrl = "--callback-url", id = "ID", pin = "PIN", name = "NAME",
  type = "--type", category = "--category", categoryDescription = "--description",
  notificationUrl = "--notification-url", country = "COUNTRY", method = "METHOD", path = "PATH", query = "--query",
  body = "--data", interval = "--interval", timeout = "--wait-timeout", text = "TEXT",
  rate = "--rate", concurrency = "--concurrency", batch_size = "--batch-size", limit = "--limit", after = "--after",
  send_before = "--send-before", url = "--url",
}

--- The option of a field of a message: `--expire-in` of expireIn.
---@param name string
---@return string
function M.option_of(name)
  return "--" .. name:gsub("[A-Z]", function(letter) return "-" .. ascii.lower(letter) end)
end

for _, field in ipairs(message_fields) do FIELDS[field.name] = M.option_of(field.name) end

-- Where a command has another name for it.
local COMMANDS = { rates = { country = "--country" } }

-- The core is behind errors, and may be what is missing.
local function renamed(err, names)
  if err.kind ~= "invalid_argument" then return err end
  return require("vertexsms.error").renamed(err, names)
end

--- An error of vertexsms.new.
---@param err table changed in place
---@param token_source string what holds the token
---@return table err
function M.of_client(err, token_source)
  err.message = err.message:gsub(" a base_url of ", " a VERTEXSMS_BASE_URL of ")
  if err.field == "token" then return renamed(err, { token = token_source }) end
  return renamed(err, M.CLIENT)
end

-- What a message says of the coding beside the field that it is about.
local function rename_coding(err)
  if err.field ~= "udh" and err.field ~= "message" then return end
  err.message = err.message:gsub("coding = ", "coding "):gsub("([ ,:])coding([ ,:])", "%1--coding%2")
end

--- An error of a method.
---@param err table changed in place
---@param command string
---@return table err
function M.of_call(err, command)
  if err.kind ~= "invalid_argument" or not err.field then return err end
  err.message = err.message:gsub("^messages%[[0-9]+%]: ", "")
  rename_coding(err)
  return renamed(renamed(err, COMMANDS[command] or {}), FIELDS)
end

return M
