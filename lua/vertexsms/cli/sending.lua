--- A run of many messages: what is printed about each, and what became of them, in order.
--
-- Tested in spec/cli/send_many_spec.lua.

local drafts = require("vertexsms.message.draft")
local interruption = require("vertexsms.cli.interruption")
local message_options = require("vertexsms.cli.message_options")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local progress = require("vertexsms.cli.progress")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")
local width = require("vertexsms.cli.width")

local M = {}

-- Messages in one request: what Ctrl-C waits for at most, and a step of the progress bar.
local BATCH = 100

local Run = {}
Run.__index = Run

local function new_run(messages, args)
  local longest = 0
  for _, message in ipairs(messages) do longest = math.max(longest, width.of(message.to)) end
  return setmetatable({
    messages = messages, args = args, done = 0, counts = {}, retryable = 0,
    columns = { { width = longest }, { width = #"accepted" }, {} },
    bar = progress.new(#messages, "messages"),
  }, Run)
end

-- { "accepted", "1281532560" }, { "unknown", "may have been sent, ..." }, { "not sent", "" }
local function words_of(result)
  if result.outcome == "accepted" then
    local ids = table.concat(result.ids, " ")
    return "accepted", result.ambiguous and "one of " .. ids or ids
  end
  return outcome.word(result.outcome), result.outcome == "unknown" and outcome.UNKNOWN_HINT or nil
end

local function print_result(run, message, result, err)
  if not run.args.json then
    local words, detail = words_of(result)
    return output.print(tables.line({ message.to, words, detail }, run.columns), words)
  end
  if result.outcome == "accepted" then return outcome.print_json(outcome.accepted_fields(message, result)) end
  local fields = outcome.fields(err)
  fields.to, fields.outcome, fields.estimate = message.to, result.outcome, result.estimate
  fields.retryable, fields.duplicate_possible = result.retryable or false, result.duplicate_possible
  outcome.print_json(fields)
end

--- Says what became of the next message.
function Run:show(result, err)
  self.done = self.done + 1
  print_result(self, self.messages[self.done], result, err)
  local word = result.outcome or "unknown"
  self.counts[word] = (self.counts[word] or 0) + 1
  if result.retryable then self.retryable = self.retryable + 1 end
end

--- Every message of a batch has an outcome, whether the batch failed or what was raised says nothing of them.
function Run:take(batch, results, err)
  self.bar:clear()
  for i = 1, #batch do
    self:show(results and results[i] or { outcome = err.outcome, retryable = err.retryable }, err)
  end
  self.bar:set(self.done)
end

function Run:next_batch()
  local batch = {}
  for i = self.done + 1, math.min(self.done + BATCH, #self.messages) do batch[#batch + 1] = self.messages[i] end
  return batch
end

function Run:is_done()
  return self.done == #self.messages
end

local ORDER = { "accepted", "rejected", "not_sent", "unknown" }

--- The exit code of all messages.
function Run:code()
  local accepted = self.counts.accepted or 0
  if accepted == self.done then return outcome.DONE end
  if accepted > 0 or self.counts.unknown then return outcome.UNKNOWN end
  return self.retryable == self.done and outcome.AGAIN or outcome.REFUSED
end

--- Has a signal kept messages from being sent? An outcome that is unknown is the worse news.
function Run:is_cut_short(err)
  if not interruption.happened() or self.counts.unknown then return false end
  return self.counts.not_sent ~= nil or err ~= nil and err.kind == "cancelled"
end

local function summary(counts)
  local words = {}
  for _, name in ipairs(ORDER) do
    if counts[name] then words[#words + 1] = ("%d %s"):format(counts[name], outcome.word(name)) end
  end
  return table.concat(words, ", ")
end

--- The end of the run, and its exit code. What ends it from outside may have taken stdout's reader along.
function Run:finish(err)
  self.bar:clear()
  if err and not self.args.json then outcome.say(outcome.describe(err), outcome.word(err.outcome)) end
  local words = summary(self.counts)
  if output.lost or interruption.happened() then
    outcome.say(words)
  elseif not self.args.json then
    output.print(words)
  end
  if self.counts.unknown and not self.args.json then outcome.say_next() end
  return self:is_cut_short(err) and interruption.code() or self:code()
end

--- The end of a run that failed: what was never tried was not sent.
function Run:give_up(err)
  local reason = { kind = err.kind, message = err.message, temporary = err.temporary, attempts = 0 }
  self.bar:clear()
  while not self:is_done() do self:show({ outcome = "not_sent", retryable = err.temporary }, reason) end
  return self:finish(err)
end

local function end_because(message)
  return { kind = "cancelled", message = message, outcome = "not_sent", temporary = true, attempts = 0 }
end

local INTERRUPTED, UNHEARD = end_because("interrupted"), end_because("the results can no longer be printed")

--- Why no further batch is sent although none has failed.
function Run:reason_to_end()
  if self:is_done() then return nil end
  return interruption.happened() and INTERRUPTED or output.lost and UNHEARD or nil
end

--- Sends messages. All are checked before any is sent; the first batch that fails ends the run, as it ends
-- client:send_many.
---@param client vertexsms.SafeClient
---@param messages vertexsms.Message[]
---@param args table
---@param recipients vertexsms.cli.Recipient[]
---@return integer exit code
function M.run(client, messages, args, recipients)
  local all, invalid = drafts.list(client, messages)
  if not all then return session.fail(message_options.locate(invalid, recipients), args) end
  local run = new_run(messages, args)
  run.bar:set(0)
  while not run:is_done() do
    local batch = run:next_batch()
    local sent, err = session.call(client, "send_many", batch, { batch_size = BATCH })
    run:take(batch, sent or err.results, err)
    err = err or run:reason_to_end()
    if err then return run:give_up(err) end
  end
  return run:finish()
end

return M
