--- What became of a call, in words, as JSON and as an exit code.
--
-- Tested in spec/cli/init_spec.lua and spec/cli/send_many_spec.lua.

local cjson = require("cjson.safe")
local ascii = require("vertexsms.base.ascii")
local colour = require("vertexsms.cli.colour")
local output = require("vertexsms.cli.output")
local token = require("vertexsms.cli.token")
local width = require("vertexsms.cli.width")

local M = {}

--- Exit codes, so that cron can act on them: done; refused, the same again will not help; certainly not accepted, and
-- the same again may help; unknown, or only in part accepted, or the output was lost.
M.DONE, M.REFUSED, M.AGAIN, M.UNKNOWN = 0, 1, 2, 3

M.UNKNOWN_HINT = "may have been sent, do not repeat blindly"
M.TWICE_HINT = "may have been sent twice, do not repeat blindly"

local NEXT = "what to do: do not send it again. Its delivery report (--dlr-url) says whether it was sent; without one,"
  .. " ask the recipient or VertexSMS first"

--- The exit code of an error.
---@param err table an error of the client
---@param is_read boolean|nil nothing was to be sent: there is no outcome to speak of
---@return integer
function M.code(err, is_read)
  if err.outcome == "unknown" and not is_read then return M.UNKNOWN end
  return err.retryable and M.AGAIN or M.REFUSED
end

local function word_of(err, is_read)
  return is_read and "failed" or M.word(err.outcome)
end

--- A line about an error.
---@param err table an error of the client
---@param is_read boolean|nil nothing was to be sent: there is no outcome to speak of
---@return string
function M.describe(err, is_read)
  local words = word_of(err, is_read) .. ": " .. err.message
  if err.outcome == "unknown" and not is_read then
    return ("%s (%s)"):format(words, err.duplicate_possible and M.TWICE_HINT or M.UNKNOWN_HINT)
  end
  if err.retryable then return words .. " (safe to try again)" end
  return words
end

--- What JSON says about an error.
---@param err table
---@return table
function M.fields(err)
  return {
    outcome = err.outcome, kind = err.kind, message = err.message, status = err.status,
    code = err.code, retryable = err.retryable or false, temporary = err.temporary or false,
    retry_after = err.retry_after, duplicate_possible = err.duplicate_possible, field = err.field,
    attempts = err.attempts,
  }
end

local function milliseconds(seconds)
  return math.floor(seconds * 1000 + 0.5) / 1000
end

--- One JSON object on a line of stdout.
---@param fields table
function M.print_json(fields)
  if fields.elapsed then fields.elapsed = milliseconds(fields.elapsed) end
  -- Not there without the core; so, or with octets in it that are not UTF-8, it is still worth printing.
  local json = package.loaded["vertexsms.json"]
  output.print(json and json.encode(fields) or cjson.new().encode(fields))
end

--- Writes one line to stderr.
---@param line string
---@param word string|nil an outcome in it, which has a colour on a terminal
function M.say(line, word)
  local text = width.printable((token.hide(line):gsub("[" .. ascii.CONTROL .. "]+", " ")))
  io.stderr:write(colour.paint(text, word, 2), "\n")
end

--- What an outcome is called in words.
---@param name vertexsms.Outcome|"accepted"
---@return string
function M.word(name)
  return (name:gsub("_", " "))
end

--- Says what to do about a message that may have been sent.
function M.say_next()
  M.say(NEXT)
end

--- Reports an error: as JSON on stdout, or in words on stderr.
---@param err table
---@param as_json boolean|nil
---@param is_read boolean|nil
---@return integer exit code
function M.report(err, as_json, is_read)
  if as_json then
    M.print_json(M.fields(err))
  else
    M.say(M.describe(err, is_read), word_of(err, is_read))
    if err.outcome == "unknown" and not is_read then M.say_next() end
  end
  return M.code(err, is_read)
end

--- Refuses what was given on the command line.
---@param reason string
---@param as_json boolean|nil
---@return integer exit code
function M.refuse(reason, as_json)
  return M.report({ kind = "invalid_argument", message = reason, outcome = "not_sent", retryable = false }, as_json)
end

local function say_problems(refusal)
  for _, problem in ipairs(refusal.problems) do M.say(problem.message) end
  local left = refusal.count - #refusal.problems
  if left > 0 then M.say(("and %d more"):format(left)) end
end

--- Refuses a list, with all that is wrong with it.
---@param refusal vertexsms.cli.Refused
---@param as_json boolean|nil
---@param is_read boolean|nil
---@return integer exit code
function M.refuse_all(refusal, as_json, is_read)
  local err = { kind = "invalid_argument", message = refusal.message, outcome = "not_sent", retryable = false }
  if not as_json then
    M.say(M.describe(err, is_read))
    if refusal.count and refusal.count > 1 then say_problems(refusal) end
  else
    local fields = M.fields(err)
    fields.problems, fields.invalid = refusal.problems, refusal.count
    M.print_json(fields)
  end
  return M.REFUSED
end

--- What JSON says about a message that was accepted.
---@param message vertexsms.Message
---@param sent vertexsms.Sent|vertexsms.SentOne
---@return table
function M.accepted_fields(message, sent)
  return {
    outcome = "accepted", to = message.to, id = sent.id, ids = sent.ids, ambiguous = sent.ambiguous,
    parts = sent.parts, estimate = sent.estimate, duplicate_possible = sent.duplicate_possible,
  }
end

local function print_accepted(accepted)
  M.print_json {
    outcome = "accepted", id = accepted.id, ids = accepted.ids, status = accepted.status, attempts = accepted.attempts,
    elapsed = accepted.elapsed, duplicate_possible = accepted.duplicate_possible,
  }
end

--- Shows what was accepted with an ID: `accepted 1203877133`; on stderr where stdout has lost it.
---@param accepted table with id, status, attempts, elapsed
---@param as_json boolean|nil
---@param word string|nil instead of "accepted"
function M.show_accepted(accepted, as_json, word)
  word = word or "accepted"
  local line = word .. " " .. accepted.id
  if not as_json then output.print(line, word) else print_accepted(accepted) end
  if output.lost then M.say(line) end
end

return M
