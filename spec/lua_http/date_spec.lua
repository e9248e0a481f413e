-- The Date of our servers' answers, whatever the locale. Each Lua's specs run under another one.

local core = require("vertexsms.core")
local dates = require("vertexsms.lua_http.date")

local NAMED = {
  [0] = "Thu, 01 Jan 1970 00:00:00 GMT",
  [784111777] = "Sun, 06 Nov 1994 08:49:37 GMT", -- RFC 9110's own
  [951782400] = "Tue, 29 Feb 2000 00:00:00 GMT",
  [1798761599] = "Thu, 31 Dec 2026 23:59:59 GMT",
}

describe("the Date of an answer", function()
  it("is in English", function()
    for seconds, text in pairs(NAMED) do assert.equal(text, dates.format(seconds)) end
  end)

  it("is read by the core, in each month and on each day of the week", function()
    for day = 0, 400 do
      local seconds = 1700000000 + day * 86400
      assert.equal(10, core.retry_after(dates.format(seconds), seconds - 10))
    end
    assert.is_true(core.retry_after(dates.format(), core.time() - 60) >= 59)
  end)
end)
