--- The guard of a command: JSON files with the options of `guard`. That of VERTEXSMS_GUARD is the operator's; one that
-- an option names, and the options that tighten a rule, come on top of it, and none of them loosens it.
--
-- Tested in spec/cli/commands/guard_spec.lua.

local environment = require("vertexsms.cli.environment")
local input = require("vertexsms.cli.input")

local M = {}

--- Adds the options of a command that sends.
---@param command table argparse's
---@param has_texts boolean|nil its messages have parts and a price
function M.configure(command, has_texts)
  command:option("--guard", "JSON file with rules that every message must pass, see docs/guards.md.")
    :argname("FILE")
  if not has_texts then return end
  command:option("--max-parts", "Refuse a message of more parts."):argname("PARTS"):convert(function(text)
    return tonumber(text) or text
  end)
  command:option("--max-price", "Refuse a message that costs more, 0.10 for instance. The price is asked first.")
    :argname("PRICE")
end

local COUNTING = { "per_recipient", "per_prefix", "per_key", "budget", "duplicate" }

local function read(path, name)
  local content, reason = input.file(path)
  if not content then return nil, ("%s: %s"):format(name, reason) end
  local options
  options, reason = require("vertexsms.check.json").decode(content)
  if options == nil then return nil, ("%s: %s %s"):format(name, path, reason) end
  if type(options) ~= "table" or require("vertexsms.json").is_array(content) then
    return nil, ("%s: %s must be a JSON object, such as {\"allow\": [\"LT\"], \"max_parts\": 2}"):format(name, path)
  end
  options.store = require("vertexsms.guard.location").beside(options.store, path)
  return options -- with its nulls: a rule that is null is refused, not taken for one that is left out
end

-- What counts begins at nothing with each command.
local function check_store(list)
  for _, options in ipairs(list) do
    if options.store ~= nil then return nil end
  end
  for _, options in ipairs(list) do
    for _, rule in ipairs(COUNTING) do
      if options[rule] ~= nil then
        return ("the guard's %s needs a store, such as \"store\": \"/var/lib/shop/guard.db\": without one it would"
          .. " begin at nothing with each command"):format(rule)
      end
    end
  end
end

local function add(list, path, name)
  if not path then return nil end
  local options, reason = read(path, name)
  list[#list + 1] = options
  return reason
end

--- The tables without what counts, and without the store: to judge by the rest opens no database.
---@param list table[]
---@return table[]
function M.without_counters(list)
  local rest = {}
  for i, options in ipairs(list) do
    rest[i] = {}
    for name, value in pairs(options) do rest[i][name] = value end
    rest[i].store, rest[i].breaker = nil, nil
    for _, rule in ipairs(COUNTING) do rest[i][rule] = nil end
  end
  return rest
end

--- The guard of a command without what it counts: whether a limit has room is not asked, because what the counters say
--- now need not hold when it is sent.
---@param args table
---@param host vertexsms.Host
---@return vertexsms.Guard|nil
---@return table|nil err nil where there are no rules
function M.of_command(args, host)
  local rules, reason = M.list(args)
  if not rules then
    return nil, { kind = "invalid_argument", message = reason, outcome = "not_sent", field = "guard" }
  end
  for _, options in ipairs(rules) do
    local wrong = require("vertexsms.guard.options").check(options)
    if wrong then return nil, wrong end
  end
  return require("vertexsms.guard").make(M.without_counters(rules), host)
end

--- What a send would be refused for in any case.
---@param client vertexsms.SafeClient
---@param drafts vertexsms.Draft[]
---@param args table
---@return table|nil err
function M.refusal(client, drafts, args)
  local guard, err = M.of_command(args, client.host)
  if not guard then return err end
  return require("vertexsms.guard.passage").judge(guard, client, drafts)
end

--- The store that the tables name.
---@param list table[]
---@return string|nil
function M.store(list)
  for _, options in ipairs(list) do
    if require("vertexsms.guard.location").is_location(options.store) then return options.store end
  end
end

--- The tables of rules that hold for a command.
---@param args table
---@return table[]|nil list may be empty
---@return string|nil reason
function M.list(args)
  local list = {}
  local reason = add(list, environment.get("VERTEXSMS_GUARD"), "VERTEXSMS_GUARD")
    or add(list, args.guard, "--guard")
  if args.max_parts or args.max_price then
    list[#list + 1] = { max_parts = args.max_parts, max_price = args.max_price }
  end
  reason = reason or check_store(list)
  if reason then return nil, reason end
  return list
end

return M
