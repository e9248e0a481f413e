--- Messages into the outbox: outbox:add and outbox:add_many.
--
-- Tested in spec/outbox/adding_spec.lua and, where a message is plain, in spec/outbox/plain_spec.lua.

local argument = require("vertexsms.check.argument")
local checks = require("vertexsms.check.value")
local columns = require("vertexsms.outbox.columns")
local drafts = require("vertexsms.message.draft")
local errors = require("vertexsms.error")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

---@class vertexsms.SafeOutbox
local M = { methods = { "add", "add_many" } }

--- How a message is added.
---@class vertexsms.AddOptions
---@field key string|nil the caller's name for the message: what has the same key is added once
---@field send_before number|nil seconds from now in which it must have left; after that it lapses

--- What adding gives.
---@class vertexsms.Added
---@field id integer of the message in the outbox
---@field key string|nil
---@field state vertexsms.OutboxState
---@field duplicate boolean true: this message was there under its key already

local KEY_BYTES_MAX = 200
local SEND_BEFORE_MAX = 30 * 86400
local NUL = "has U+0000 in it, which a database cannot keep: leave it out"

local function check_key(value)
  if value:find("\0", 1, true) then return NUL, true end
  if #value <= KEY_BYTES_MAX then return checks.text(value) end
  return ("must be at most %d octets long, but has %d"):format(KEY_BYTES_MAX, #value), true
end

local OPTIONS = schema.rules({
  { name = "key", type = "string", check = check_key, example = "order-4711" },
  { name = "send_before", type = "number", check = checks.between(0.001, SEND_BEFORE_MAX, "seconds"), example = 300 },
})

--- What is wrong with the options of a message.
---@param options vertexsms.AddOptions
---@return vertexsms.Error|nil
function M.check_options(options) return schema.check(options, OPTIONS, "an option of outbox:add") end

--- What is wrong with the text of a message that VertexSMS would take.
---@param text string
---@return vertexsms.Error|nil
function M.check_text(text)
  return text:find("\0", 1, true) and errors.invalid_argument("message", "message " .. NUL) or nil
end

local NO_OPTIONS = {}

-- Nearly all options are a key: what is right about that is found out at less cost than what could be wrong.
local function is_right_key(options)
  local name, key = next(options)
  return name == "key" and next(options, name) == nil and type(key) == "string" and getmetatable(options) == nil
    and check_key(key) == nil
end

-- A step of all the messages. Where `sql.add` finds a key that is there already, the step comes to nothing, and
-- `sql.add_or_count` is for it to say what that message is.
local function step_of(sql, wires, all)
  local step = {}
  for i, wire in ipairs(wires) do
    local options = all[i]
    step[i] = { sql = sql, params = columns.parameters(options.key, wire, options.send_before), must = tostring(i) }
  end
  return step
end

-- SQLite tells the id of a row without RETURNING.
local function added(set, key)
  local row = set.rows[1]
  if row and row.state then return { id = row.id, key = key, state = row.state, duplicate = row.duplicates > 0 } end
  return { id = set.inserted or row.id, key = key, state = "queued", duplicate = false }
end

local function add_all(self, wires, all, are_new)
  if are_new ~= false then
    local result, err = self:perform(step_of(self.sql.add, wires, all))
    if not result or result.kind ~= "refused" then return result, err end
  end
  return self:perform(step_of(self.sql.add_or_count, wires, all))
end

-- The same key stands for another message already.
local function conflict(self, wire, key)
  local result, err = self:perform({ { sql = self.sql.by_key, params = { n = 1, key } }, read_only = true })
  if not result then return err end
  local row = result[1].rows[1]
  local differs = row and columns.describe_differences(wire, row) or "it was changed meanwhile"
  return errors.new({
    kind = "conflict", field = "key",
    message = ("key %s is that of another message in the outbox, which differs in %s"):format(shown.text(key), differs),
  })
end

local function add_any(self, message, options, is_new)
  local wire, err = drafts.object(self.rules, message)
  err = err or M.check_text(wire.message)
  if err then return nil, err end
  local result
  result, err = add_all(self, { wire }, { options }, is_new)
  if not result then return nil, err end
  if result.kind == "refused" then return nil, conflict(self, wire, options.key) end
  self:wake()
  return added(result[1], options.key)
end

-- Most messages are plain: the only table that is made is the result. Where there is neither a result nor an error,
-- nothing was done; and the third is false where the key is there already.
local function add_plain(self, message, options)
  local to, from, text = drafts.plain_fields(self.rules, message)
  if not to or not self.is_migrated then return nil end
  local key = options.key
  local is_row, id, err = self.store:perform_one(self.sql.add, "key",
    columns.plain_parameters(key, to, from, text, options.send_before))
  if is_row then
    self:wake()
    return { id = id, key = key, state = "queued", duplicate = false }
  end
  return nil, err, is_row
end

--- Adds a message. It is in the store, for good, when this returns; when it fails, the error's `outcome` says whether
-- it is certainly not there (`not_sent`), or may be (`unknown`). To add it again under the same key is always right.
---@param message vertexsms.Message
---@param options vertexsms.AddOptions|nil
---@return vertexsms.Added|nil
---@return vertexsms.Error|nil kind `conflict` when the key is that of another message
function M:add(message, options)
  argument.check(message, "table", "message")
  argument.check_optional(options, "table", "options")
  local err = options and not is_right_key(options) and M.check_options(options)
  if err then return nil, err end
  options = options or NO_OPTIONS
  local result, is_new
  result, err, is_new = add_plain(self, message, options)
  if result or err then return result, err end
  return add_any(self, message, options, is_new)
end

local function too_much(name)
  return errors.invalid_argument("messages", ("an item must be one message and its options, such as"
    .. ' { message, key = "order-4711" }, but this one has a value at %s, too'):format(shown.value(name)))
end

-- An item of a list: { message, key = …, send_before = … }, or a message.
local function read_item(item)
  if type(item) ~= "table" or type(item[1]) ~= "table" then return item, NO_OPTIONS end
  local options = { key = item.key, send_before = item.send_before }
  for name, value in pairs(item) do
    if name ~= 1 and type(name) ~= "string" then return nil, nil, too_much(name) end
    if name ~= 1 then options[name] = value end
  end
  return item[1], options, schema.check(options, OPTIONS, "an option of outbox:add_many")
end

local function read_list(list)
  local messages, all = {}, {}
  for i, item in ipairs(list) do
    local err
    messages[i], all[i], err = read_item(item)
    if err then return nil, nil, errors.of_message(err, i) end
  end
  for key, value in pairs(list) do
    if messages[key] == nil then messages[key] = value end -- drafts.objects says what is wrong with it
  end
  return messages, all
end

-- A step has a bound, and so has what is added all or not at all.
local LIST_MAX = 10000

local function too_many(count)
  if count <= LIST_MAX then return nil end
  return errors.invalid_argument("messages", ("messages has %d messages, and at most %d can be added at once:"
    .. " add them in several calls, each message with a key"):format(count, LIST_MAX))
end

local function check_texts(wires)
  for i, wire in ipairs(wires) do
    local err = M.check_text(wire.message)
    if err then return errors.of_message(err, i) end
  end
end

local function many_result(result, all)
  local list = {}
  for i, options in ipairs(all) do list[i] = added(result[i], options.key) end
  return list
end

-- What the options of an item are checked in, without a table for each.
local checked = {}

local function has_more(item)
  for name in pairs(item) do
    if name ~= 1 and name ~= "key" and name ~= "send_before" then return true end
  end
  return false
end

-- Does it have these, and nothing else?
local function has_length(list, count)
  local items = 0
  for _ in pairs(list) do items = items + 1 end
  return items == count and count > 0 and count <= LIST_MAX
end

-- How many messages a list has in which all is plain and right, and the columns of their rows. Nil for any other list.
local function plain_columns(self, list)
  if getmetatable(list) ~= nil then return nil end
  local count, keys, tos, froms, texts, ends = #list, {}, {}, {}, {}, {}
  if not has_length(list, count) then return nil end
  for i = 1, count do
    local message = list[i]
    if type(message) ~= "table" then return nil end
    if type(message[1]) == "table" then
      checked.key, checked.send_before = message.key, message.send_before
      if has_more(message) or M.check_options(checked) then return nil end
      keys[i], ends[i], message = checked.key, checked.send_before, message[1]
    end
    tos[i], froms[i], texts[i] = drafts.plain_fields(self.rules, message)
    if not tos[i] then return nil end
  end
  return count, keys, tos, froms, texts, ends
end

-- The same as add_plain, of a list.
local function add_plain_list(self, list)
  local count, keys, tos, froms, texts, ends = plain_columns(self, list)
  if not count or not self.is_migrated then return nil end
  local is_row, ids, err = self.store:perform_each(self.sql.add, true, count,
    columns.plain_parameters(keys, tos, froms, texts, ends))
  if not is_row then return nil, err, is_row end
  self:wake()
  local results = {}
  for i = 1, count do results[i] = { id = ids[i], key = keys[i], state = "queued", duplicate = false } end
  return results
end

local function add_any_list(self, list, are_new)
  local messages, all, err = read_list(list)
  err = err or too_many(#messages)
  if err then return nil, err end
  local wires, result
  wires, err = drafts.objects(self.rules, messages)
  err = err or check_texts(wires)
  if err then return nil, err end
  result, err = add_all(self, wires, all, are_new)
  if not result then return nil, err end
  if result.kind == "refused" then
    local i = tonumber(result.failed)
    return nil, errors.of_message(conflict(self, wires[i], all[i].key), i)
  end
  self:wake()
  return many_result(result, all)
end

--- Adds many messages, at most 10000: all of them, or none.
--
--     outbox:add_many { { message, key = "campaign-1/37069912345" }, { other, send_before = 300 }, plain_message }
---@param list table[] messages, or tables of a message and its options
---@return vertexsms.Added[]|nil in their order
---@return vertexsms.Error|nil its `index` says which message is wrong
function M:add_many(list)
  argument.check(list, "table", "messages")
  local results, err, are_new = add_plain_list(self, list)
  if results or err then return results, err end
  return add_any_list(self, list, are_new)
end

return M
