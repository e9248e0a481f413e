--- What the user of the command line calls the options and fields of the client, so that an error speaks of those.
--
-- Tested in spec/cli/input_spec.lua.
-- @module vertexsms.cli.names

local errors = require("vertexsms.error")

local M = {}

local CLIENT = {
  base_url = "VERTEXSMS_BASE_URL", status_base_url = "VERTEXSMS_STATUS_BASE_URL", token = "VERTEXSMS_TOKEN",
  timeout = "--timeout", ca_file = "--ca-file",
}

local FIELDS = {
  to = "--to", from = "--from", message = "--message", dlrUrl = "--dlr-url", priority = "--priority",
  scheduled = "--scheduled", udh = "--udh", coding = "--coding", testMode = "--test-mode", expireIn = "--expire-in",
  correctBy = "--correct-by", im = "--im", msisdn = "NUMBER", callBackUrl = "--callback-url", id = "ID", pin = "PIN",
  name = "NAME", type = "--type", category = "--category", categoryDescription = "--description",
  notificationUrl = "--notification-url", country = "COUNTRY", method = "METHOD", path = "PATH", query = "--query",
  body = "--data", interval = "--interval", timeout = "--wait-timeout", text = "TEXT",
}

-- Where a command has another name for it.
local COMMANDS = { rates = { country = "--country" } }

--- An error of vertexsms.new.
---@param err table changed in place
---@return table err
function M.of_client(err)
  return errors.renamed(err, CLIENT)
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
  return errors.renamed(errors.renamed(err, COMMANDS[command] or {}), FIELDS)
end

return M
