--- POST /senderId and POST /senderId/confirm/{id}: registers a sender ID.

local address = require("vertexsms.address")
local argument = require("vertexsms.check.argument")
local ascii = require("vertexsms.base.ascii")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local messages = require("vertexsms.message.rules")
local paths = require("vertexsms.request.path")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")

---@class vertexsms.SafeClient
local M = {}

--- Every field of POST /senderId, with VertexSMS's own names.
---@class vertexsms.SenderId
---@field name string 3 to 11 Latin letters, digits and `- _ & # !`; with type MSISDN a mobile number
---@field type "AlphaNumeric"|"MSISDN"
---@field category "Company"|"Product"|"Brand"|"Shortcode"|"Landline"|"Other"|nil
---@field categoryDescription string|nil
---@field notificationUrl string|nil where VertexSMS POSTs the sender's status

---@class vertexsms.Sender
---@field id string of the sender, for client:confirm_sender
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds
---@field duplicate_possible boolean|nil

local function check_name(value, sender)
  if sender.type == "MSISDN" then return checks.msisdn(value) end
  if #value >= 3 and #value <= 11 and not value:find("[^A-Za-z0-9%-_&#!]") then return nil end
  return "must be 3 to 11 of A-Z, a-z, 0-9 and - _ & # !, such as MyShop"
end

local RULES = schema.rules({
  { name = "name", type = "string", required = true, check = check_name, example = "MyShop" },
  { name = "type", type = "string", required = true, check = checks.one_of("AlphaNumeric", "MSISDN"),
    example = "AlphaNumeric" },
  { name = "category", type = "string",
    check = checks.one_of("Company", "Product", "Brand", "Shortcode", "Landline", "Other") },
  { name = "categoryDescription", type = "string" },
  { name = "notificationUrl", type = "string", check = checks.url, is_url = true },
})

local ID_DIGITS_MAX = 20

-- Plain text, whatever the Content-Type says.
local function id_in(body)
  local digits = ascii.trim(json.without_mark(body)):match("^[0-9]+$")
  return digits and #digits <= ID_DIGITS_MAX and digits
end

local function read_sender(body, response)
  local id = id_in(body)
  return id and { id = id, status = response.status }
end

--- Registers a sender ID: POST /senderId [doc], whose answer is plain text. Repeated only while it was certainly not
-- accepted. For a mobile number (type MSISDN) a PIN of 5 digits comes by SMS, see client:confirm_sender.
---@param sender vertexsms.SenderId
---@return vertexsms.Sender|nil
---@return vertexsms.Error|nil
function M:register_sender(sender)
  argument.check(sender, "table", "sender")
  local wire, err = messages.fields_to_wire(sender, RULES, "a field of the sender", self.validate)
  err = err or messages.token_in_url(self, wire)
  if err then return nil, errors.without_token(err, self.engine) end
  if self.validate and wire.type == "MSISDN" then wire.name = address.msisdn(wire.name) end
  return requests.ask_text(self, requests.post("/senderId", json.encode(wire)), "an ID in plain text", read_sender)
end

-- What a confirmation is answered with is not documented [open]. An ID, JSON or nothing will do; a page for people
-- comes from somewhere else.
local function is_confirmation(body)
  local text = ascii.trim(body)
  return text == "" or id_in(body) or ascii.is_same(text, "OK") or json.decode_exact(body) ~= nil
end

--- Confirms a mobile number as a sender: POST /senderId/confirm/{id} [doc] with `{"code": pin}`.
---@param id string of client:register_sender
---@param pin string the 5 digits that came by SMS
---@return vertexsms.Sender|nil
---@return vertexsms.Error|nil
function M:confirm_sender(id, pin)
  argument.check(id, "string", "id")
  argument.check(pin, "string", "pin")
  local segment, err = paths.segment(id, "id", self.engine)
  if not segment then return nil, err end
  if not pin:find("^[0-9][0-9][0-9][0-9][0-9]$") then
    return nil, errors.invalid_argument("pin", "pin must be the 5 digits of the SMS, such as 12345")
  end
  local request = requests.post("/senderId/confirm/" .. segment, json.encode({ code = pin }))
  return requests.ask_text(self, request, "a confirmation", function(body, response)
    return is_confirmation(body) and { id = id, status = response.status } or nil
  end)
end

return M
