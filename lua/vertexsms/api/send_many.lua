--- POST /sms: sending many messages.

local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local around = require("vertexsms.request.around")
local attempts = require("vertexsms.request.attempts")
local calls = require("vertexsms.request.handle")
local core = require("vertexsms.base.core")
local drafts = require("vertexsms.message.draft")
local kept = require("vertexsms.request.kept")
local option_rules = require("vertexsms.options").rules
local repeated = require("vertexsms.request.repeated")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")
local sent_ones = require("vertexsms.request.sent")

---@class vertexsms.SafeClient
local M = {}

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

local OPTIONS = schema.rules({ option_rules.batch_size, around.KEY })

-- The results of a batch whose IDs are the last of results.ids. A table that is made with all that most results have,
-- and no more, costs half as much.
local function add_accepted(results, batch)
  local all_ids, count, common = results.ids, #results, batch.common
  local before, estimate = #all_ids - #batch, common and common.estimate
  for i = 1, #batch do
    local id = all_ids[before + i]
    if not common then estimate = batch[i].estimate end
    results[count + i] = { outcome = "accepted", id = id, ids = { id }, estimate = estimate }
  end
end

-- The same, where it is not known which of its IDs is whose.
local function add_ambiguous(results, batch, ids)
  for i = 1, #batch do
    results[#results + 1] = { outcome = "accepted", ids = ids, ambiguous = true, estimate = batch[i].estimate }
  end
  results.ambiguous = true
end

-- What the results of few batches have besides: this one's are the last.
local function add_unusual(results, batch, duplicate_possible)
  local before = #results - #batch
  for i = 1, #batch do
    local result, simplified = results[before + i], batch[i].simplified
    if simplified then result.simplified = simplified end
    if duplicate_possible then result.duplicate_possible = true end
  end
  results.duplicate_possible = results.duplicate_possible or duplicate_possible
end

local function add_answer(client, batch, results, ambiguous, response)
  local parts, duplicate_possible = answer.parts(response), response.duplicate_possible
  if ambiguous then add_ambiguous(results, batch, ambiguous) else add_accepted(results, batch) end
  if client.smart_encoding or duplicate_possible then add_unusual(results, batch, duplicate_possible) end
  if #batch == 1 then results[#results].parts = parts end
  results.parts = parts and results.parts and results.parts + parts or nil
  results.attempts = results.attempts + response.attempts
  results.elapsed = results.elapsed + response.elapsed
  sent_ones.compare_parts(client, batch, parts)
  return { parts = parts }
end

-- As many different IDs as messages are theirs in order; for any others it is not known whose they are.
local function read_any(decoded, response, client, batch, results)
  local ids, reason = answer.ids(decoded)
  if not ids then return nil, reason end
  local all_ids = results.ids
  local count = #all_ids
  for i = 1, #ids do all_ids[count + i] = ids[i] end
  local is_ambiguous = #ids ~= #batch or core.have_duplicates(ids)
  return add_answer(client, batch, results, is_ambiguous and ids or nil, response)
end

-- Of most answers the core takes the IDs at once.
local function read_many(client, request, response, batch, results)
  if not core.take_ids(response, results.ids, #batch) then
    return requests.read(client, request, response, read_any, client, batch, results)
  end
  return answer.finish(add_answer(client, batch, results, nil, response), response)
end

local function send_batch(client, batch, process, batches, number, results)
  around.passages(client).mark(client, batch)
  local request = requests.post("/sms", drafts.body(batches, number), process)
  if client.guard then request.drafts = batch end
  results.requests = results.requests + 1
  return attempts.perform(client, request, read_many, batch, results)
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
    local _, err = around.send(client, batch, process, send_batch, batches, i, results)
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
  local err = schema.check(options, OPTIONS, "an option of client:send_many")
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

return M
