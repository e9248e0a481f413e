-- It needs nothing but Lua, so it runs on each.

local otp = require("vertexsms.simulator.otp")

local FOUND = {
  ["Your code is 4815"] = "4815",
  ["4815 is your code"] = "4815",
  ["Your verification code: 123456."] = "123456",
  ["Kodas: 0042"] = "0042",
  ["G-123456 is your Google verification code."] = "123456",
  ["123-456 is your code"] = "123456",
  ["Code 123 456, do not share it"] = "123456",
  ["Use code 90210 until 10:30 on 2026-04-14. Order 777777."] = "90210",
  ["You paid 1200.50 EUR. PIN 5829"] = "5829",
  ["Call +37069912345. Code: 771122"] = "771122",
  ["Call +370 699 12345. Code: 771122"] = "771122",
  ["2026 is here! Your OTP is 839201"] = "839201",
  ["Ваш код 55123"] = "55123",
  ["Sign in to example.com\n\n@example.com #747723"] = "747723",
  ["Order 12345678. Your password is 4477"] = "4477",
  ["<#> 1234 abc"] = "1234",
}

local NOTHING = {
  "", "We open at 9", "Call 37069912345", "It costs 12.50 and ends 2026-04-14", "a1234", "1234b", "123", "at 10:30",
  "50000000000", "http://example.com/a/1234", "1,234,567",
}

describe("simulator.otp", function()
  for text, code in pairs(FOUND) do
    it("finds the code in " .. text:gsub("\n", " "), function() assert.equal(code, otp.find(text)) end)
  end

  for _, text in ipairs(NOTHING) do
    it("finds none in " .. (text == "" and "nothing" or text), function() assert.is_nil(otp.find(text)) end)
  end
end)
