--- POST /sms/cost: what messages would cost.

local argument = require("vertexsms.check.argument")
local decimal = require("vertexsms.message.decimal")
local drafts = require("vertexsms.message.draft")
local option_rules = require("vertexsms.options").rules
local records = require("vertexsms.request.record")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")

---@class vertexsms.SafeClient
local M = {}

--- What one message would cost: the fields of VertexSMS's answer.
---@class vertexsms.CostRow
---@field from string|nil
---@field to string|nil
---@field parts integer|nil
---@field countryISO string|nil
---@field mccmnc string|nil MCC and MNC, one after the other
---@field pricePerPart string|nil decimal number, digit by digit as VertexSMS wrote it
---@field totalPrice string the same
---@field currency string|nil

--- What messages would cost: a list of vertexsms.CostRow in their order, and these. For a single message the fields
-- of its row stand here as well.
---@class vertexsms.CostOf: vertexsms.CostRow
---@field [integer] vertexsms.CostRow
---@field total string|nil sum of totalPrice, exact; nil when the currencies differ
---@field currency string|nil of the total
---@field parts integer|nil of all messages
---@field attempts integer
---@field elapsed number seconds

local OPTIONS = schema.rules({ option_rules.batch_size })

local FIELDS = {
  { name = "from", type = "text" }, { name = "to", type = "text" }, { name = "parts", type = "integer" },
  { name = "countryISO", type = "text" }, { name = "mccmnc", type = "text" },
  { name = "pricePerPart", type = "decimal" }, { name = "totalPrice", type = "decimal", required = true },
  { name = "currency", type = "text" },
}

local function cost_batch(client, batches, number, is_list, result)
  local batch = batches[number]
  local request = requests.post("/sms/cost", is_list and drafts.body(batches, number) or drafts.json(batch[1]))
  request.repeatable, request.alternate = true, true
  local rows, err = requests.ask(client, request, function(decoded, response)
    local rows, reason = records.list(decoded, FIELDS, response.body)
    if rows and #rows ~= #batch then
      return nil, ("the response has %d prices for %d messages"):format(#rows, #batch)
    end
    return rows, reason
  end)
  if not rows then return err end
  for _, row in ipairs(rows) do result[#result + 1] = row end
  result.attempts, result.elapsed = result.attempts + rows.attempts, result.elapsed + rows.elapsed
end

local function add_up(result)
  local counts, parts = {}, 0
  for _, row in ipairs(result) do
    if row.currency ~= result[1].currency then return end
    parts = parts and row.parts and parts + row.parts
    counts[row.totalPrice] = (counts[row.totalPrice] or 0) + 1
  end
  result.total, result.currency, result.parts = decimal.sum(counts), result[1].currency, parts
end

local function batches_of(client, message, is_list, size)
  if is_list then return drafts.batches(client, message, size, false) end
  local draft, err = drafts.new(client, message)
  return draft and { { draft } }, err
end

--- What a message, or a list of them, would cost: POST /sms/cost [ref]. Nothing is sent. Asked of `status_base_url`
-- and repeated like any read. With `smart_encoding` it is the simplified text that is priced.
---@param message vertexsms.Message|vertexsms.Message[]
---@param options vertexsms.BatchOptions|nil
---@return vertexsms.CostOf|nil
---@return vertexsms.Error|nil
function M:cost(message, options)
  argument.check(message, "table", "message")
  argument.check_optional(options, "table", "options")
  local err = schema.check(options or {}, OPTIONS, "an option of client:cost")
  if err then return nil, err end
  local is_list = next(message) == nil or type(next(message)) == "number" or message[1] ~= nil
  local batches
  batches, err = batches_of(self, message, is_list, options and options.batch_size or self.batch_size)
  if not batches then return nil, err end
  local result = { attempts = 0, elapsed = 0 }
  for i = 1, #batches do
    err = cost_batch(self, batches, i, is_list, result)
    if err then return nil, err end
  end
  if #result == 1 then
    for name, value in pairs(result[1]) do
      if result[name] == nil then result[name] = value end
    end
  end
  add_up(result)
  return result
end

return M
