--- What a message will cost: asked of /sms/cost before anything is counted, and kept per prefix and sender for a time.
--
-- Tested in spec/guard_spec.lua.

local core = require("vertexsms.base.core")
local generations = require("vertexsms.base.generations")
local micro = require("vertexsms.guard.micro")
local refusals = require("vertexsms.guard.refusal")

local M = {}

-- Operators have ranges; three digits of the number behind the country's code tell most of them apart.
local DIGITS = 6
local PRICES_MAX = 5000

---@class vertexsms.guard.Prices
local Prices = {}
Prices.__index = Prices

local function key_of(wire, number)
  return (number or wire.to):sub(1, DIGITS) .. " " .. wire.from
end

-- The price of a part, where it is known.
local function known(self, key)
  local kept = self.kept:get(key)
  return kept and self.clock() < kept.ends and kept.micros or nil
end

-- VertexSMS gives the price of a part; without it, a whole message's is as good.
local function per_part(row, currency)
  if row.currency and row.currency ~= currency then
    return nil, ("its currency is %s, not %s"):format(row.currency, currency)
  end
  local micros = row.pricePerPart and micro.read(row.pricePerPart)
  if micros then return micros end
  local total = micro.read(row.totalPrice)
  if not total then return nil, "it is not a price" end
  return math.ceil(total / math.max(1, row.parts or 1))
end

local function unknown(reason, err)
  local refusal = refusals.new({
    rule = "price", message = "the price of the message is not known: " .. reason
      .. " (allow_unknown_price = true of the guard sends all the same)",
  })
  if err and err.temporary then
    refusal.temporary, refusal.retryable, refusal.retry_after = true, true, err.retry_after
  end
  return refusal
end

-- What of a list is known, by key, and what has to be asked for.
local function sort(self, list)
  local found, wires, keys, seen = {}, {}, {}, {}
  for _, item in ipairs(list) do
    local key = key_of(item.wire, item.number)
    if not seen[key] then
      seen[key], found[key] = true, known(self, key)
      if not found[key] then wires[#wires + 1], keys[#keys + 1] = item.wire, key end
    end
  end
  return found, wires, keys
end

-- Half of the time of a call is the message's.
local function in_half_the_time(client)
  return setmetatable({ timeout = client.timeout / 2 }, { __index = client })
end

local function ask(self, client, wires, keys, found)
  local rows, err = client.methods.cost(in_half_the_time(client), wires)
  if not rows then return unknown(err.message, err) end
  local first
  for i, row in ipairs(rows) do
    local micros, reason = per_part(row, self.currency)
    first = first or reason
    found[keys[i]] = micros
    if micros then self.kept:set(keys[i], { micros = micros, ends = self.clock() + self.seconds }) end
  end
  return first and unknown(first) or nil
end

--- Finds what a part of each costs, `part_price`; what is not known yet is asked for at once. What is kept is looked at
--- once, and not again: after a long list it has forgotten the first of them.
---@param client vertexsms.AnyClient
---@param list { wire: table, number: string|nil, part_price: integer|nil }[]
---@return vertexsms.Error|nil
function Prices:fetch(client, list)
  local found, wires, keys = sort(self, list)
  local err = #wires > 0 and ask(self, client, wires, keys, found) or nil
  for _, item in ipairs(list) do item.part_price = found[key_of(item.wire, item.number)] end
  return err
end

--- Above `max_price`?
---@param price integer
---@param most integer
---@return vertexsms.Error|nil
function M.check(price, most)
  if price <= most then return nil end
  return refusals.new({
    rule = "max_price", limit = micro.write(most), used = micro.write(price),
    message = ("the message costs %s, and max_price of the guard is %s: shorten it, or raise max_price")
      :format(micro.write(price), micro.write(most)),
  })
end

---@param options { currency: string|nil, price_seconds: number|nil, clock: nil|fun(): number }
---@return vertexsms.guard.Prices
function M.new(options)
  return setmetatable({
    currency = options.currency or "EUR", seconds = options.price_seconds or 3600, clock = options.clock or core.now,
    kept = generations.new(PRICES_MAX),
  }, Prices)
end

return M
