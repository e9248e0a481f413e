--- POST /sms and POST /sms/cost: sending, and what it would cost.

local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local calls = require("vertexsms.request.handle")
local checks = require("vertexsms.check.value")
local core = require("vertexsms.base.core")
local decimal = require("vertexsms.message.decimal")
local drafts = require("vertexsms.message.draft")
local errors = require("vertexsms.error")
local kept = require("vertexsms.request.kept")
local plain = require("vertexsms.request.plain")
local repeated = require("vertexsms.request.repeated")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")
local sent_ones = require("vertexsms.request.sent")

---@class vertexsms.SafeClient
local M = {}

--- What an accepted send gives.
---@class vertexsms.Sent
---@field id string VertexSMS's ID of the message
---@field ids string[] all IDs of the answer; one, here
---@field parts integer|nil how many SMS it became, where the service said so (X-VertexSMS-Amount-Sent)
---@field estimate vertexsms.Estimate|nil what it was counted to become: { encoding, parts }
---@field simplified vertexsms.Change[]|nil what smart_encoding replaced; nil when nothing
---@field status integer HTTP status
---@field attempts integer
---@field elapsed number seconds, repeats and waits included
---@field duplicate_possible boolean|nil true when an attempt of unknown outcome was repeated (retry.server_errors)

--- What became of one message of a list.
---@class vertexsms.SentOne
---@field outcome vertexsms.Outcome always "accepted" unless it stands in an error's `results`
---@field id string|nil nil when `ambiguous`
---@field ids string[]|nil its ID; when `ambiguous` all IDs of its batch
---@field ambiguous boolean|nil true: as many IDs as messages did not come back, so it is not known which is whose
---@field parts integer|nil known only for a batch of one message
---@field estimate vertexsms.Estimate|nil one table may be that of several messages
---@field simplified vertexsms.Change[]|nil
---@field duplicate_possible boolean|nil
---@field retryable boolean|nil in an error's `results`: sending this one again cannot send it twice, and may succeed
---@field tracking_id string|nil of an unknown one, where the client tracks
---@field resolved vertexsms.Resolved|nil when its report was there first

--- What an accepted list gives: a list of vertexsms.SentOne in the order of the messages, and these.
---@class vertexsms.SentMany
---@field [integer] vertexsms.SentOne
---@field ids string[] all IDs, in the order in which they came
---@field parts integer|nil of all messages, where the service said so for every batch
---@field ambiguous boolean|nil true when that of a message is
---@field requests integer how many batches there were
---@field attempts integer of all requests
---@field elapsed number seconds
---@field duplicate_possible boolean|nil

---@class vertexsms.BatchOptions
---@field batch_size integer|nil messages in one request, at most; default: that of the client

---@class vertexsms.SendManyOptions: vertexsms.BatchOptions, vertexsms.SendOptions

local BATCH_SIZE = { name = "batch_size", type = "integer", check = checks.between(1, 10000) }
local BATCH_OPTIONS = schema.rules({ BATCH_SIZE })
local SEND_MANY_OPTIONS = schema.rules({ BATCH_SIZE, around.KEY })

local function send_one(client, batch, process)
  around.passages(client).mark(client, batch)
  local request = requests.post("/sms", drafts.json(batch[1]), process)
  if client.guard then request.drafts = batch end
  return requests.ask(client, request, sent_ones.read, client, batch)
end

local function send_any(self, message, options)
  argument.check(message, "table", "message")
  argument.check_optional(options, "table", "options")
  if message[1] ~= nil then
    return nil, errors.invalid_argument("message", "message must be one message, not a list: use client:send_many")
  end
  local err = options and schema.check(options, around.OPTIONS, "an option of client:send")
  if err then return nil, err end
  local process = calls.process()
  local draft
  draft, err = drafts.new(self, message)
  if not draft then return nil, err end
  local batch = { draft }
  err = around.passages(self).enter(self, batch, options and options.guard_key)
  if err then return nil, err end
  return around.claimed(self, around.send, batch, process, send_one)
end

--- Sends one SMS: POST /sms [doc]. `id`, `parts`, `estimate` and `simplified` are ours, see vertexsms.Sent.
-- Repeated only while it was certainly not accepted.
---@param message vertexsms.Message
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Sent|nil
---@return vertexsms.Error|nil
function M:send(message, options)
  if options ~= nil or not self.is_plain then return send_any(self, message, options) end
  local sent, attempt = plain.send(self, message)
  if sent then return sent end
  if attempt then return plain.go_on(self, attempt) end
  return send_any(self, message)
end

-- As many different IDs as messages are theirs in order; for any others it is not known whose they are. A table that is
-- made with all that most results have, and no more, costs half as much.
local function add_accepted(results, batch, ids, response, parts)
  local ambiguous = #ids ~= #batch or core.have_duplicates(ids)
  local count, duplicate_possible = #results, response.duplicate_possible
  for i = 1, #batch do
    local draft, id = batch[i], ids[i]
    local result
    if ambiguous then
      result = { outcome = "accepted", ids = ids, ambiguous = true, estimate = draft.estimate }
    else
      result = { outcome = "accepted", id = id, ids = { id }, estimate = draft.estimate }
    end
    if draft.simplified then result.simplified = draft.simplified end
    if duplicate_possible then result.duplicate_possible = true end
    results[count + i] = result
  end
  if #batch == 1 then results[count + 1].parts = parts end
  local all_ids = results.ids
  count = #all_ids
  for i = 1, #ids do all_ids[count + i] = ids[i] end
  results.parts = parts and results.parts and results.parts + parts or nil
  results.ambiguous = results.ambiguous or ambiguous or nil
  results.duplicate_possible = results.duplicate_possible or duplicate_possible
end

local function read_many(decoded, response, client, batch, results)
  local ids, reason = answer.ids(decoded)
  if not ids then return nil, reason end
  results.attempts = results.attempts + response.attempts
  results.elapsed = results.elapsed + response.elapsed
  local parts = answer.parts(response)
  add_accepted(results, batch, ids, response, parts)
  sent_ones.compare_parts(client, batch, parts)
  return { parts = parts }
end

local function send_batch(client, batch, process, results)
  around.passages(client).mark(client, batch)
  local request = requests.post("/sms", drafts.list_json(batch), process)
  if client.guard then request.drafts = batch end
  results.requests = results.requests + 1
  return requests.ask(client, request, read_many, client, batch, results)
end

-- What became of one message of a list that failed, which was in the batch that did.
local function failed_one(draft, err)
  return {
    outcome = err.outcome, retryable = err.retryable, duplicate_possible = err.duplicate_possible,
    estimate = draft.estimate, simplified = draft.simplified, tracking_id = draft.tracking_id,
    resolved = draft.resolved,
  }
end

-- The messages of a batch that was not tried.
local function add_untried(results, batch, err)
  for _, draft in ipairs(batch) do
    results[#results + 1] = {
      outcome = "not_sent", retryable = err.temporary, estimate = draft.estimate, simplified = draft.simplified,
    }
  end
end

-- The batch of that number has failed. What became of each message is in `results`. The whole is unknown as soon as one
-- was accepted: to repeat it would send that one twice.
local function fail(err, results, batches, number)
  local any_accepted = #results > 0
  for _, draft in ipairs(batches[number]) do results[#results + 1] = failed_one(draft, err) end
  for i = number + 1, #batches do add_untried(results, batches[i], err) end
  err.attempts = err.attempts + results.attempts
  err.duplicate_possible = err.duplicate_possible or results.duplicate_possible
  err.results = results
  if any_accepted then err.outcome, err.retryable = "unknown", false end
  return nil, err
end

local RESULTS_NAMES = 8

local function new_results(batches)
  local messages = (#batches - 1) * #batches[1] + #batches[#batches]
  local results = core.new_table(messages, RESULTS_NAMES)
  results.ids, results.parts, results.requests = core.new_table(messages, 0), 0, 0
  results.attempts, results.elapsed = 0, 0
  return results
end

local function send_batches(client, batches, process)
  local results, passages = new_results(batches), around.passages(client)
  for i, batch in ipairs(batches) do
    local _, err = around.send(client, batch, process, send_batch, results)
    if err then
      for j = i + 1, #batches do passages.abandon(client, batches[j], process) end
      return fail(err, results, batches, i)
    end
  end
  return results
end

local function enter(client, batches, key)
  if not client.guard then return nil end
  local all = drafts.joined(batches)
  all.is_list = true
  return client.guard.passages.enter(client, all, key)
end

-- As they were given, or as they go over the wire where that is known: it makes no difference to a recipient.
local function recipients_of(batches, messages)
  local all = {}
  for i, draft in ipairs(drafts.joined(batches)) do all[i] = rawget(draft, "wire") or messages[i] end
  return all
end

--- Sends many SMS: POST /sms [doc] with an array [ref], at most `batch_size` messages in a request, one request after
-- the other, each with the client's `timeout`. All messages are checked before the first request leaves, and the guard
-- lets all of them pass, or none.
--
-- A number that is in it twice is sent to twice, and on_warning is told (same_recipient).
--
-- The first batch that fails ends the call; the error's `results` says what became of each message.
---@param messages vertexsms.Message[]
---@param options vertexsms.SendManyOptions|nil
---@return vertexsms.SentMany|nil
---@return vertexsms.Error|nil
function M:send_many(messages, options)
  argument.check(messages, "table", "messages")
  argument.check_optional(options, "table", "options")
  options = options or {}
  local err = schema.check(options, SEND_MANY_OPTIONS, "an option of client:send_many")
  if err then return nil, err end
  local batches
  batches, err = drafts.batches(self, messages, options.batch_size or self.batch_size,
    self.guard ~= nil or self.tracking ~= nil)
  if not batches then return nil, err end
  if self.on_warning then repeated.warn(self, "/sms", recipients_of(batches, messages)) end
  local process = calls.process()
  err = enter(self, batches, options.guard_key)
  if err then return nil, err end
  if #batches == 1 then return around.claimed(self, send_batches, batches, process) end
  return kept.around(self, send_batches, batches, process)
end

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

local COST_FIELDS = {
  { name = "from", type = "text" }, { name = "to", type = "text" }, { name = "parts", type = "integer" },
  { name = "countryISO", type = "text" }, { name = "mccmnc", type = "text" },
  { name = "pricePerPart", type = "decimal" }, { name = "totalPrice", type = "decimal", required = true },
  { name = "currency", type = "text" },
}

local function cost_batch(client, batch, is_list, result)
  local request = requests.post("/sms/cost", is_list and drafts.list_json(batch) or drafts.json(batch[1]))
  request.repeatable, request.alternate = true, true
  local rows, err = requests.ask(client, request, function(decoded, response)
    local rows, reason = answer.records(decoded, COST_FIELDS, response.body)
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
  local err = schema.check(options or {}, BATCH_OPTIONS, "an option of client:cost")
  if err then return nil, err end
  local is_list = next(message) == nil or type(next(message)) == "number" or message[1] ~= nil
  local batches
  batches, err = batches_of(self, message, is_list, options and options.batch_size or self.batch_size)
  if not batches then return nil, err end
  local result = { attempts = 0, elapsed = 0 }
  for _, batch in ipairs(batches) do
    err = cost_batch(self, batch, is_list, result)
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
