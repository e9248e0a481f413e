--- POST /hlr: asks the home network of a number about it.

local address = require("vertexsms.address")
local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local messages = require("vertexsms.message.rules")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")

---@class vertexsms.SafeClient
local M = {}

---@class vertexsms.HlrOptions
---@field callBackUrl string|nil where VertexSMS POSTs the result

local RULES = schema.rules({
  { name = "msisdn", type = "string", required = true, check = checks.msisdn, example = "37069912345" },
  { name = "callBackUrl", type = "string", check = checks.url, is_url = true, example = "https://example.com/hlr" },
})

local OPTIONS = schema.rules({ RULES.callBackUrl })

--- Looks a number up: POST /hlr [doc]. It is billed, so it is repeated only while it was certainly not accepted. The
-- result comes by callback; `id` is the same there.
---@param msisdn string with or without a plus
---@param options vertexsms.HlrOptions|nil
---@return vertexsms.Accepted|nil
---@return vertexsms.Error|nil
function M:hlr(msisdn, options)
  argument.check(msisdn, "string", "msisdn")
  argument.check_optional(options, "table", "options")
  options = options or {}
  local err = schema.check(options, OPTIONS, "an option of client:hlr", not self.validate)
  if err then return nil, err end
  local fields = { msisdn = msisdn, callBackUrl = options.callBackUrl }
  local wire
  wire, err = messages.fields_to_wire(fields, RULES, "a field of the lookup", self.validate)
  err = err or messages.token_in_url(self, wire)
  if err then return nil, errors.without_token(err, self.engine) end
  if self.validate then wire.msisdn = address.msisdn(msisdn) end
  return requests.ask(self, requests.post("/hlr", json.encode(wire)), answer.accepted)
end

return M
