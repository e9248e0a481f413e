--- The person's yes. A prompt alone never sends: a form asks the person, or, where the client cannot show one and the
-- operator has said that its own approval is enough, a token that a preview gave for exactly this message.
--
-- Tested in spec/mcp/send_spec.lua.

local errors = require("vertexsms.error")
local messages = require("vertexsms.mcp.message")

local M = {}

--- Seconds from the beginning of a call in which the person has to answer. With the request, which may take 14, a call
--- stays below the 60 seconds after which clients give it up.
M.SECONDS = 40

local FORM = {
  type = "object", properties = { confirm = { type = "boolean", title = "Yes, do this" } }, required = { "confirm" },
}

local KEY = "confirm"

local function refuse(message, next_words)
  local err = errors.new({ kind = "forbidden", message = message })
  err.next = next_words
  return nil, err
end

local CANNOT_ASK = "this client cannot ask the person, and without that nothing is sent"
local CANNOT_ASK_NEXT = "Nothing was sent. Tell the person: their client has no elicitation; the operator may set"
  .. " VERTEXSMS_MCP_CONSENT=client, so that the client's own approval of each call is the consent."
local NO_TOKEN = "preview_token is missing: it comes from preview_sms, for exactly this message"
local NO_TOKEN_NEXT = "Nothing was sent. Call preview_sms with the same arguments, show the person what it says, and"
  .. " call send_sms with its preview_token."
local DECLINED = "the person said no"
local DECLINED_NEXT = "Nothing was sent. Do not ask again and do not try another way; ask the person what they want."
local NO_ANSWER = "the person did not answer in time"
local NO_ANSWER_NEXT = "Nothing was sent. Ask the person in the conversation whether they still want it, and call again"
  .. " only when they say so."
local STALE_NEXT = "Nothing was sent. Call again, and the person is asked anew."

-- Only this is a yes.
local function is_yes(answer)
  return answer.action == "accept" and messages.is_object(answer.content) and answer.content.confirm == true
end

local function judge(answer)
  if not answer then return refuse(NO_ANSWER, NO_ANSWER_NEXT) end
  if is_yes(answer) then return true end
  if answer.action == "cancel" then return refuse("the person closed the question", NO_ANSWER_NEXT) end
  return refuse(DECLINED, DECLINED_NEXT)
end

-- The older era: the question is a request of ours, and the call waits.
local function ask_now(call, message)
  return judge(call:ask({ message = message, schema = FORM }, call:left(M.SECONDS)))
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
    local yes, err = judge(answer)
    if yes then return { purpose = "person", text = call.state } end
    ledger:drop(call.state)
    return nil, err
  end
  local permit, err = ledger:permit("person", job.digest)
  if not permit then return nil, err end
  return nil, nil, question_of(permit, message)
end

local function ask_client(call, job)
  if job.has_preview then
    local token = call.arguments.preview_token
    if not token then return refuse(NO_TOKEN, NO_TOKEN_NEXT) end
    return { purpose = "preview", text = token }
  end
  return {}
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
    if call.era == "modern" then return ask_by_answer(call, ledger, job, message()) end
    local yes, err = ask_now(call, message())
    return yes and {}, err
  end
  if job.mode == "test" then return {} end
  if call.server.policy.consent == "client" then return ask_client(call, job) end
  return refuse(CANNOT_ASK, CANNOT_ASK_NEXT)
end

--- The ledger did not know the permit.
---@param permit table
---@return vertexsms.Error
function M.stale(permit)
  local is_preview = permit.purpose == "preview"
  local _, err = refuse(is_preview and "preview_token is not good for this message: it was used, it is older than ten"
    .. " minutes, or a field differs" or "the person's answer is not good for this call: it was used, it is older than"
    .. " ten minutes, or a field differs", is_preview and NO_TOKEN_NEXT or STALE_NEXT)
  return err
end

return M
