--- Drafts: messages made ready for the wire, and what is known about them before they are sent.
--
-- Tested in spec/api/sms_spec.lua.

local core = require("vertexsms.base.core")
local errors = require("vertexsms.error")
local fields = require("vertexsms.message.fields")
local json = require("vertexsms.json")
local late = require("vertexsms.base.late")
local shown = require("vertexsms.base.shown")
local written = require("vertexsms.message.written")

local M = {}

-- Of messages that the core cannot judge.
local rules = {}
late.add(rules, "vertexsms.message.rules", { "to_wire", "token_in_url" }, errors.exhausted)

--- What messages are checked by where there is no client.
M.NO_CLIENT = { validate = true, smart_encoding = false, engine = {
  holds_token = function() return false end,
  redact = function(_, text) return text end,
} }

local ENCODINGS = { [0] = "GSM-7", [1] = "8-bit", [2] = "UCS-2" }

-- VertexSMS splits neither a message with a udh nor one with a coding: it is one part.
local function estimate(wire)
  if wire.coding ~= nil then
    local encoding = ENCODINGS[wire.coding]
    return encoding and { encoding = encoding, parts = 1 }
  end
  local parts, encoding = core.text_count(wire.message)
  if not parts then return nil end
  return { encoding = encoding, parts = wire.udh and 1 or parts }
end

-- A caller who gives a udh or a coding has counted, and is left alone; so is a text of which nothing would be left.
local function simplify(message)
  if type(message.message) ~= "string" or message.udh ~= nil or message.coding ~= nil then return message end
  local simpler, changes = require("vertexsms.text").safe.simplify(message.message)
  if not simpler or simpler == "" or #changes == 0 then return message end
  local changed = {}
  for key, value in pairs(message) do changed[key] = value end
  -- what a metatable gives is part of the message, too
  for _, field in ipairs(fields) do changed[field.name] = message[field.name] end
  changed.message = simpler
  return changed, changes
end

local function plain(client, message, changes)
  if not client.validate then return nil end
  local json_text, parts, encoding = core.plain_message(message)
  return json_text and written.draft(json_text, parts, encoding, changes)
end

--- Checks any message and makes it ready, without the core's short cut for plain ones.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@param changes vertexsms.Change[]|nil what of its text was replaced
---@return vertexsms.Draft|nil
---@return vertexsms.Error|nil
function M.any(client, message, changes)
  local wire, err = rules.to_wire(message, client.validate)
  err = err or rules.token_in_url(client, wire)
  if err then return nil, errors.without_token(err, client.engine) end
  return { wire = wire, estimate = estimate(wire), simplified = changes }
end

--- Checks a message and makes it ready.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return vertexsms.Draft|nil
---@return vertexsms.Error|nil
function M.new(client, message)
  local changes
  if client.smart_encoding then message, changes = simplify(message) end
  local draft = plain(client, message, changes)
  if draft then return draft end
  return M.any(client, message, changes)
end

--- The fields of a plain message as they go over the wire. Nil for any other: it is for `object`.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return string|nil to
---@return string|nil from
---@return string|nil text
---@return integer|nil parts
function M.plain_fields(client, message)
  if not client.validate or client.smart_encoding then return nil end
  return core.plain_fields(message)
end

--- The object that goes over the wire, where neither its JSON nor its parts are of interest.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return table|nil
---@return vertexsms.Error|nil
function M.object(client, message)
  local to, from, text = M.plain_fields(client, message)
  if to then return { to = to, from = from, message = text } end
  if client.smart_encoding then message = simplify(message) end
  local draft, err = M.any(client, message)
  return draft and draft.wire, err
end

--- Checks a message, and counts the parts that it has. Nothing of it is kept.
---@param client vertexsms.AnyClient
---@param message vertexsms.Message
---@return integer|nil parts
---@return vertexsms.Error|nil
function M.parts(client, message)
  local to, _, _, parts = M.plain_fields(client, message)
  if to then return parts end
  local draft, err = M.new(client, message)
  return draft and draft.estimate.parts, err
end

local function refuse(index, reason)
  local err = errors.invalid_argument("messages", reason)
  err.index = index
  return err
end

-- A list without holes or names, of tables. Returns its length.
local function check_list(list)
  local length = core.list_length(list)
  if length then return length end
  local count = 0
  for key in pairs(list) do
    if type(key) ~= "number" then
      return nil, refuse(nil, ("messages must be a list of messages, but it has the key %s")
        :format(shown.value(key)))
    end
    count = count + 1
  end
  if count == 0 then return nil, refuse(nil, "messages is an empty list: it must have at least one message") end
  for i = 1, count do
    if list[i] == nil then return nil, refuse(i, ("messages[%d] is nil: the list must not have holes"):format(i)) end
    if type(list[i]) ~= "table" then
      return nil, refuse(i, ("messages[%d] must be a table such as { to = ..., from = ..., message = ... }, not %s")
        :format(i, shown.type(list[i])))
    end
  end
  return count
end

local function make_some(client, list, first, last, make)
  local some = {}
  for i = first, last do
    local made, err = make(client, list[i])
    if not made then return nil, errors.of_message(err, i) end
    some[i - first + 1] = made
  end
  return some
end

--- Checks a list of messages, all of them, and makes them ready.
---@param client vertexsms.AnyClient
---@param list vertexsms.Message[]
---@return vertexsms.Draft[]|nil
---@return vertexsms.Error|nil its `index` says which message is wrong
function M.list(client, list)
  local count, err = check_list(list)
  if not count then return nil, err end
  return make_some(client, list, 1, count, M.new)
end

--- The same, as `object` makes them.
---@param client vertexsms.AnyClient
---@param list vertexsms.Message[]
---@return table[]|nil
---@return vertexsms.Error|nil its `index` says which message is wrong
function M.objects(client, list)
  local count, err = check_list(list)
  if not count then return nil, err end
  return make_some(client, list, 1, count, M.object)
end

--- Drafts that go in one request, in order; where they are plain, one draft may be that of several messages, and one
--- list that of several requests.
---@class vertexsms.Batch
---@field [integer] vertexsms.Draft
---@field common vertexsms.Draft|nil the one that all of them have, where the core has seen that they do

---@class vertexsms.Batches
---@field [integer] vertexsms.Batch
---@field packed (vertexsms.core.Batch|false)[]|nil the same messages as they go over the wire, where that is known

--- Checks a list of messages, all of them, and makes them ready in batches of at most that many, in order.
---@param client vertexsms.AnyClient
---@param list vertexsms.Message[]
---@param size integer
---@param need_wires boolean whether the drafts are looked at one by one: each has its `wire` then
---@return vertexsms.Batches|nil
---@return vertexsms.Error|nil its `index` says which message is wrong
function M.batches(client, list, size, need_wires)
  local count, err = check_list(list)
  if not count then return nil, err end
  local may_be_plain = client.validate and not (client.smart_encoding or need_wires or getmetatable(list))
  -- Those with plain messages alone are checked, counted and packed by the core at once. Their drafts have no `wire`.
  local batches = may_be_plain and core.plain_batches(list, count, size) or {}
  for i = 1, math.ceil(count / size) do
    local first = (i - 1) * size + 1
    local last = math.min(first + size - 1, count)
    if not batches[i] then batches[i], err = make_some(client, list, first, last, M.new) end
    if err then return nil, err end
  end
  return batches
end

--- The drafts of batches, one after the other.
---@param batches vertexsms.Batches
---@return vertexsms.Draft[]
function M.joined(batches)
  local all = {}
  for _, batch in ipairs(batches) do
    for _, draft in ipairs(batch) do all[#all + 1] = draft end
  end
  return all
end

--- A draft as it goes over the wire.
---@param draft vertexsms.Draft
---@return string json
function M.json(draft)
  return draft.json or json.encode(draft.wire)
end

--- The body of a request with a batch.
---@param batches vertexsms.Batches
---@param number integer
---@return string|vertexsms.core.Batch
function M.body(batches, number)
  local packed = batches.packed and batches.packed[number]
  if packed then return packed end
  local texts = {}
  for i, draft in ipairs(batches[number]) do texts[i] = M.json(draft) end
  return "[" .. table.concat(texts, ",") .. "]"
end

return M
