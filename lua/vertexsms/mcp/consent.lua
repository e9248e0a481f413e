--- The person's yes. A prompt alone never sends: a form asks the person, or, where the client cannot show one and the
-- operator has said that its own approval is enough, a token that came together with a preview of exactly this call.

local duration = require("vertexsms.base.duration")
local messages = require("vertexsms.mcp.message")
local results = require("vertexsms.mcp.result")

local M = {}

--- Seconds from the beginning of a call in which the person has to answer. With the request, which may take 14, a call
--- stays below the 60 seconds after which clients give it up.
M.SECONDS = 38

local FORM = {
  type = "object", properties = { confirm = { type = "boolean", title = "Yes, do this" } }, required = { "confirm" },
}

local KEY = "confirm"

local CANNOT_ASK = "this client cannot ask the person, and without that nothing is sent"
local CANNOT_ASK_NEXT = "Nothing was sent. Tell the person: their client has no elicitation; the operator may set"
  .. " VERTEXSMS_MCP_CONSENT=client, so that the client's own approval of each call is the consent."
local NO_TOKEN = "preview_token is missing: it comes from preview_sms, for exactly this message"
local FIRST = "nothing is done by the first call: this one only says what would be done"
local FIRST_NEXT = "Nothing was done. Show the person what `preview` says. When they agree, call again within ten"
  .. " minutes with the same arguments and this preview_token."
local NO_TOKEN_NEXT = "Nothing was sent. Call preview_sms with the same arguments, show the person what it says, and"
  .. " call send_sms with its preview_token."
local DECLINED = "the person said no"
local HELD = "the person has refused this very call, and is not asked about it again for "
local HELD_ALL = "the person has refused several calls, and is not asked about any for "
local HELD_NEXT = "Nothing was sent. Tell the person for how long this holds, and that a yes in the conversation does"
  .. " not end it: a person who has changed their mind waits, or sends it themselves with the command vertexsms. Call"
  .. " again after that time, and only when they say that they want it; do not try another way."
local DECLINED_NEXT = "Nothing was sent. Do not ask again and do not try another way; ask the person what they want."
local FAILED = "the client answered the question to the person with an error"
local FAILED_NEXT = "Nothing was sent. Tell the person that their client could not ask them, or that they closed its"
  .. " question; call again only when they say so."
local NO_ANSWER = "the person did not answer in time"
local NO_ANSWER_NEXT = "Nothing was sent. Ask the person in the conversation whether they still want it, and call again"
  .. " only when they say so."
local STALE_TOKEN_NEXT = "Nothing was done. Call again without preview_token: that gives another one, with a preview."
local STALE_NEXT = "Nothing was sent. Call again, and the person is asked anew."

-- Only this is a yes.
local function is_yes(answer)
  return answer.action == "accept" and messages.is_object(answer.content) and answer.content.confirm == true
end

-- Why an answer is not a yes; nothing for one that is.
local function objection(answer)
  if not answer then return results.forbidden(NO_ANSWER, NO_ANSWER_NEXT) end
  if is_yes(answer) then return nil end
  if answer.is_failed then return results.forbidden(FAILED, FAILED_NEXT) end
  if answer.action == "cancel" then return results.forbidden("the person closed the question", NO_ANSWER_NEXT) end
  return results.forbidden(DECLINED, DECLINED_NEXT)
end

-- A model that was refused could ask until the person is tired.
local function check_hold(ledger, job)
  local hold, err = ledger:hold(job.digest)
  if not hold then return err end
  local words = hold.is_same and HELD or HELD_ALL
  err = results.forbidden(words .. duration.words(hold.seconds), HELD_NEXT)
  err.retry_after = math.ceil(hold.seconds)
  return err
end

-- An error of the client is one, too: some answer so when the person closes the question.
local function keep_no(call, ledger, job, permit)
  local err = ledger:refuse(job.digest, permit)
  if err then call.server.log("vertexsms: mcp: a no was not written down: " .. err.message) end
end

-- The older era: the question is a request of ours, and the call waits.
local function ask_now(call, ledger, job, message)
  local err = check_hold(ledger, job)
  if err then return nil, err end
  local answer = call:ask({ message = message(), schema = FORM }, call:left(M.SECONDS))
  err = objection(answer)
  if not err then return {} end
  if answer then keep_no(call, ledger, job) end
  return nil, err
end

local function question_of(permit, message)
  return {
    resultType = "input_required", requestState = permit,
    inputRequests = {
      [KEY] = { method = "elicitation/create", params = { mode = "form", message = message, requestedSchema = FORM } },
    },
  }
end

-- The newer era: the question is the answer, and the client calls again. What it brings back is good once, for the
-- same arguments, for ten minutes: the ledger knows.
local function ask_by_answer(call, ledger, job, message)
  local answer = call.responses and call.responses[KEY]
  if call.state and messages.is_object(answer) then
    local reason = objection(answer)
    if not reason then return { purpose = "person", text = call.state } end
    keep_no(call, ledger, job, call.state)
    return nil, reason
  end
  local err = check_hold(ledger, job)
  if err then return nil, err end
  local permit
  permit, err = ledger:permit("person", job.digest)
  if not permit then return nil, err end
  return nil, nil, question_of(permit, message())
end

-- No single call costs anything: what it would do is said first, by preview_sms or by the first call itself.
local function ask_client(call, ledger, job, message)
  local token = call.arguments.preview_token
  if token then return { purpose = "preview", text = token } end
  if job.has_preview then return nil, results.forbidden(NO_TOKEN, NO_TOKEN_NEXT) end
  local err
  token, err = ledger:permit("preview", job.digest)
  if not token then return nil, err end
  err = results.forbidden(FIRST, FIRST_NEXT)
  err.preview, err.preview_token = message(), token
  return nil, err
end

--- Why a consent cannot be had here, whatever it is for.
---@param call vertexsms.mcp.Call
---@param mode "test"|"live"
---@return vertexsms.Error|nil
function M.obstacle(call, mode)
  if call.can_ask or mode ~= "live" or call.server.policy.consent == "client" then return nil end
  return results.forbidden(CANNOT_ASK, CANNOT_ASK_NEXT)
end

--- Asks.
---@param call vertexsms.mcp.Call
---@param ledger vertexsms.mcp.Ledger
---@param job table digest, mode, has_preview
---@param message fun(): string what the person is asked
---@return { purpose: string|nil, text: string|nil }|nil permit a yes; what the ledger is to use up
---@return vertexsms.Error|nil
---@return table|nil question the call's result, when the client has to ask
function M.get(call, ledger, job, message)
  if call.can_ask then
    return (call.era == "modern" and ask_by_answer or ask_now)(call, ledger, job, message)
  end
  local err = M.obstacle(call, job.mode)
  if err then return nil, err end
  if job.mode == "test" then return {} end
  return ask_client(call, ledger, job, message)
end

--- The ledger did not know the permit.
---@param permit table
---@param job table has_preview
---@return vertexsms.Error
function M.stale(permit, job)
  local what, next_words = "the person's answer", STALE_NEXT
  if permit.purpose == "preview" then
    what, next_words = "preview_token", job.has_preview and NO_TOKEN_NEXT or STALE_TOKEN_NEXT
  end
  return results.forbidden(what .. " is not good for this call: it was used, it is older than ten minutes, or an"
    .. " argument differs", next_words)
end

return M
