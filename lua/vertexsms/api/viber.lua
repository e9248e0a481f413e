--- POST /viber: messages over Viber.

local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local ascii = require("vertexsms.base.ascii")
local calls = require("vertexsms.request.handle")
local checks = require("vertexsms.check.value")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local messages = require("vertexsms.message.rules")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")

---@class vertexsms.SafeClient
local M = {}

--- Every field of POST /viber, with VertexSMS's own names.
---@class vertexsms.ViberMessage
---@field to string recipient, as in vertexsms.Message
---@field from string sender, approved beforehand
---@field message string the text, UTF-8, at most 1000 characters
---@field dlrUrl string|nil where VertexSMS POSTs the delivery report
---@field priority "high"|"normal"|"low"|nil
---@field scheduled string|nil
---@field testMode "1"|"2"|1|2|nil
---@field correctBy string|nil
---@field im table|nil a button, `{ action = { url = "https://example.com", title = "go" } }`, or anything else: sent as
---  it is. An empty table is an object, an empty list is `require("vertexsms.json").array {}`

--- What an accepted Viber message or HLR lookup gives.
---@class vertexsms.Accepted
---@field id string
---@field ids string[] the same in a list
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

local CHARS_MAX = 1000

local function check_text(value)
  local reason = checks.text(value)
  if reason then return reason end
  local _, chars = value:gsub("[^\128-\191]", "")
  return chars > CHARS_MAX and ("must have at most %d characters, but has %d"):format(CHARS_MAX, chars)
    or nil
end

-- Which senders are approved only VertexSMS knows, and it does not say what their names may be made of.
local function check_sender(value)
  return checks.text(value) or ascii.has_controls(value) and "must not contain control characters" or nil
end

-- Of the fields that an SMS has too, these are judged otherwise.
local OWN = {
  from = { name = "from", type = "string", required = true, check = check_sender, example = "MyShop" },
  message = { name = "message", type = "string", required = true, check = check_text, is_secret = true },
}

local function rules()
  local list = {}
  for _, rule in ipairs(messages.rules) do
    if rule.viber then list[#list + 1] = OWN[rule.name] or rule end
  end
  list[#list + 1] = { name = "im", type = "table" }
  return schema.rules(list)
end

local RULES = rules()

local function send(client, drafts, process)
  around.passages(client).mark(client, drafts)
  local request = requests.post("/viber", json.encode(drafts[1].wire), process)
  if client.guard then request.drafts = drafts end
  return requests.ask(client, request, answer.accepted)
end

--- Sends one message over Viber: POST /viber [doc]. `im` goes through as it is: its image is not documented [open].
---@param message vertexsms.ViberMessage
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Accepted|nil
---@return vertexsms.Error|nil
function M:viber(message, options)
  argument.check(message, "table", "message")
  argument.check_optional(options, "table", "options")
  local wire, err = messages.fields_to_wire(message, RULES, "a field of the Viber message", self.validate)
  err = err or messages.token_in_url(self, wire)
    or schema.check(options or {}, around.OPTIONS, "an option of client:viber")
  if err then return nil, errors.without_token(err, self.engine) end
  local body, reason = json.encode({ im = wire.im })
  if not body then return nil, errors.invalid_argument("im", "im " .. reason) end
  local process, drafts = calls.process(), { { wire = wire }, unpriced = "a Viber message" }
  err = around.passages(self).enter(self, drafts, options and options.guard_key)
  if err then return nil, err end
  return around.claimed(self, around.send, drafts, process, send)
end

return M
