--- Answers, checked against what is documented. What passes is what the documentation says; for anything else
-- there is a reason, and the call ends as an error of kind `protocol`.
--
-- Numbers arrive as their own text (see request.ask): identifiers and prices stay exact.

local ascii = require("vertexsms.base.ascii")
local core = require("vertexsms.base.core")
local json = require("vertexsms.json")
local shown_beginning = require("vertexsms.base.shown").beginning

local M = {}

--- The length of a list without holes, or nil when it is none.
---@param value any
---@return integer|nil
function M.length(value)
  if type(value) ~= "table" then return nil end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value and count or nil
end

local SHOWN_OCTETS = 40

-- The beginning of what may be anything, fit for one line.
local function beginning(text)
  local shown = shown_beginning(text, SHOWN_OCTETS)
  if core.invalid_utf8(shown) then shown = shown:gsub("[\128-\255]", "?") end
  return shown:gsub("[^\32-\126\128-\255]+", " ") .. (#text > SHOWN_OCTETS and "..." or "")
end

--- What a body is that is not what it should be: `Content-Type text/html, begins with "<html>"`. What a server has
-- compressed without being asked stays as it is.
---@param body string
---@param headers table<string, string>
---@return string
function M.describe(body, headers)
  local content_type, coding = headers["content-type"], headers["content-encoding"]
  local words = content_type and "Content-Type " .. beginning(content_type) or "no Content-Type"
  if coding and ascii.lower(coding) ~= "identity" then
    return ("%s, Content-Encoding %s, which was not asked for"):format(words, beginning(coding))
  end
  if body == "" then return words .. ", empty" end
  return ('%s, begins with "%s"'):format(words, beginning(json.without_mark(body)))
end

--- A list of IDs, `["1281532560"]`; they may be numbers.
---@param ids any decoded
---@return string[]|nil ids at least one
---@return string|nil reason
function M.ids(ids)
  if core.are_ids(ids) then return ids end
  local count = M.length(ids)
  if not count or count == 0 then return nil, "the response is not a list of IDs" end
  for i = 1, count do
    if type(ids[i]) == "string" and not core.is_id(ids[i]) then ids[i] = core.integer(ids[i]) end
    if not core.is_id(ids[i]) then return nil, "the response has something in its list that is not an ID" end
  end
  return ids
end

--- A list of exactly one ID.
---@param decoded any
---@return string[]|nil ids
---@return string|nil reason
function M.one_id(decoded)
  local ids, reason = M.ids(decoded)
  if not ids then return nil, reason end
  if #ids ~= 1 then return nil, ("one thing was sent, %d IDs came back"):format(#ids) end
  return ids
end

--- What is handed in alone, and answered with one ID.
---@param decoded any
---@param response table
---@return vertexsms.Accepted|nil
---@return string|nil reason
function M.accepted(decoded, response)
  local ids, reason = M.one_id(decoded)
  if not ids then return nil, reason end
  return { id = ids[1], ids = ids, status = response.status }
end

--- How many SMS the service says it sent (X-VertexSMS-Amount-Sent).
---@param response table
---@return integer|nil
function M.parts(response)
  return core.parts(response)
end

--- Adds what is known about the call itself.
---@param result table
---@param response table
---@return table result
function M.finish(result, response)
  result.attempts, result.elapsed = response.attempts, response.elapsed
  result.duplicate_possible = response.duplicate_possible
  return result
end

return M
