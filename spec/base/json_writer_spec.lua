local core = require("vertexsms.core")
local json = require("vertexsms.json")
local writer = require("vertexsms.base.json_writer")

-- The generator of Park and Miller: the same values in every run and in every Lua.
local seed = 4815
local function random(most)
  seed = seed * 16807 % 2147483647
  return seed % most + 1
end

local function one_of(list) return list[random(#list)] end

local PIECES = {
  "a", "Z", " ", "/", '"', "\\", "\n", "\r", "\t", "\0", "\31", "\127", "é", "€", "😀", "\226\128\168", "'", "\b", "ž",
}
local BROKEN = { "\255", "\195", "\237\160\128", "\192\128" }
local NUMBERS = {
  0, 0 / -1, 1, -1, 37069912345, 2 ^ 53, -2 ^ 53, 2 ^ 53 + 2, 2 ^ 63, -2 ^ 63, 1e15, 1e300, 0.5, 0.1, -2.5, 1e-7,
  1 / 0, -1 / 0, 0 / 0, rawget(math, "maxinteger") or 7, rawget(math, "mininteger") or -7,
}

local function text(is_odd)
  local pieces = {}
  for i = 1, random(12) - 1 do pieces[i] = one_of(PIECES) end
  if is_odd and random(4) == 1 then pieces[#pieces + 1] = one_of(BROKEN) end
  return table.concat(pieces):rep(random(40) == 1 and 500 or 1)
end

local value

local function object(depth, is_odd)
  local result = {}
  for _ = 1, random(50) == 1 and 40 or random(6) - 1 do result[text(is_odd)] = value(depth, is_odd) end
  if is_odd and random(5) == 1 then result[random(3)] = value(depth, is_odd) end
  return result
end

local function list(depth, is_odd)
  local result = {}
  for i = 1, random(6) - 1 do result[i] = value(depth, is_odd) end
  if is_odd and random(3) == 1 then result[random(8)] = ({ nil, 1, "x" })[random(3)] end
  if is_odd and random(5) == 1 then result[one_of({ 0, -1, 1.5, true })] = "x" end
  return random(6) == 1 and json.array(result) or result
end

local function chain(length)
  local result = {}
  for _ = 1, length do result = random(2) == 1 and { result } or { a = result } end
  return result
end

function value(depth, is_odd)
  local kind = random(depth > 0 and 8 or 5)
  if kind <= 2 then return text(is_odd) end
  if kind == 3 then return one_of(NUMBERS) end
  if kind == 4 then return random(2) == 1 end
  if kind == 5 then return is_odd and one_of({ print, json.null, io.stdout }) or json.null end
  if kind == 6 then return list(depth - 1, is_odd) end
  if kind == 7 then return object(depth - 1, is_odd) end
  return setmetatable(object(depth - 1, is_odd), one_of({ {}, { __index = { to = "x" } } }))
end

describe("json_writer", function()
  -- Were they not equal, a message would depend on which of the two wrote it.
  it("gives the same text whether the core writes a value or Lua does", function()
    local short_cuts = 0
    for i = 1, 6000 do
      local given = i % 20 == 0 and chain(random(40)) or value(4, i % 2 == 0)
      local plain, whole = core.plain_json(given), writer.encode_any(given)
      if plain then
        short_cuts = short_cuts + 1
        assert.equal(whole, plain)
      end
    end
    assert.is_true(short_cuts > 1000, "the generator makes plain values")
  end)

  it("leaves to Lua what is unusual or wrong", function()
    for _, given in ipairs({
      json.null, json.array({}), print, "\255", { "\255" }, { ["\255"] = 1 }, 0.5, 2 ^ 60, 1 / 0, 0 / 0, { 1, a = 1 },
      { [2] = 1 }, { [true] = 1 }, { [1.5] = 1 }, setmetatable({}, {}), chain(9),
    }) do
      assert.is_nil((core.plain_json(given)))
    end
    assert.is_nil(core.plain_json(nil))
  end)

  it("writes what a message is without Lua", function()
    assert.equal('{"from":"MyShop","message":"Ačiū: 5 €","to":"37069912345"}',
      core.plain_json({ to = "37069912345", from = "MyShop", message = "Ačiū: 5 €" }))
    assert.equal('[{"expireIn":360,"testMode":"1"},{}]', core.plain_json({ { testMode = "1", expireIn = 360 }, {} }))
    local long = ("€"):rep(5000)
    assert.equal('["' .. long .. '",true,["' .. long .. '"]]', core.plain_json({ long, true, { long } }))
  end)
end)
