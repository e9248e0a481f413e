--- POST /hlr: asks the home network of a number about it.

local address = require("vertexsms.address")
local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local calls = require("vertexsms.request.handle")
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
---@field guard_key string|nil what the guard's per_key counts by: an IP address, a user's name

local RULES = schema.rules({
  { name = "msisdn", type = "string", required = true, check = checks.msisdn, example = "37069912345" },
  { name = "callBackUrl", type = "string", check = checks.url, is_url = true, example = "https://example.com/hlr" },
})

local OPTIONS = schema.rules({ RULES.callBackUrl, around.KEY })

local function ask(client, drafts, process, wire)
  local request = requests.post("/hlr", json.encode(wire), process)
  if client.guard then request.drafts = drafts end
  local accepted, err = requests.ask(client, request, answer.accepted)
  around.passages(client).leave(client, drafts, process, err)
  return accepted, err
end

-- For a guard it is a message of one part to that number.
local function ask_guarded(client, wire, key)
  local process = calls.process()
  local drafts = { { wire = { to = wire.msisdn, from = "", message = "" } }, unpriced = "a lookup" }
  local err = around.passages(client).enter(client, drafts, key)
  if err then return nil, err end
  return around.claimed(client, ask, drafts, process, wire)
end

--- Looks a number up: POST /hlr [doc]. It is billed, so it is repeated only while it was certainly not accepted, and a
-- guard counts it as a message of one part. The result comes by callback; `id` is the same there.
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
  return ask_guarded(self, wire, options.guard_key)
end

return M
