-- The core reads what the decoder behind `raw` reads too: two parsers of one text must not see two things.

local callback = require("vertexsms.callback")
local core = require("vertexsms.core")

describe("callback.parse on broken bodies", function()
  local SEEDS = {
    '{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}',
    '{"id":120387,"error":"0","imsi":"24602\\u00e4\\ud83d\\ude00","ported":{"operator":"B\\"ITE"},"x":[1.5,true,null]}',
  }
  local OCTETS = '{}[]":,\\\\u0019dDeE+-. tfn\0\31\195\255'

  local function mutate(random, text)
    for _ = 1, random(4) do
      local at, kind = random(#text), random(4)
      local octet = random(#OCTETS)
      octet = OCTETS:sub(octet, octet)
      if kind == 1 then text = text:sub(1, at - 1) .. text:sub(at + 1) end
      if kind == 2 then text = text:sub(1, at) .. octet .. text:sub(at + 1) end
      if kind == 3 then text = text:sub(1, at - 1) .. octet .. text:sub(at + 1) end
      if kind == 4 then text = text:sub(1, at) .. text:sub(random(#text)) end
      if text == "" then return "{" end
    end
    return text
  end

  it("never sees another report than the decoder, and never fails otherwise", function()
    local state, taken = 4711, 0
    local function random(most) -- Park and Miller
      state = state * 16807 % 2147483647
      return state % most + 1
    end
    for round = 1, 30000 do
      local body = mutate(random, SEEDS[round % #SEEDS + 1])
      local report, err = callback.safe.parse(body)
      if report then
        taken = taken + 1
        assert.is_table(report.raw, body)
        for _, name in ipairs({ "id", "mcc", "mnc", "imsi" }) do
          local raw = report.raw[name]
          local given = type(raw) == "string" and raw ~= "" and raw or nil
          if name == "id" and report.id ~= given then given = core.integer(given) end
          assert.equal(given, report[name], body)
        end
      else
        assert.equal("invalid_argument", err.kind)
      end
    end
    assert.is_true(taken > 1000 and taken < 29000, tostring(taken))
  end)
end)
