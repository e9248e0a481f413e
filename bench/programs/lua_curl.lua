-- One send after the other by lua-curl: a handle that is kept, JSON by cjson.

local cjson = require("cjson")
local curl = require("curl")
local setup = require("bench.programs.setup")

local answer = {}
local easy = curl.easy_init()
easy:setopt(curl.OPT_URL, setup.url .. "/sms")
easy:setopt(curl.OPT_HTTPHEADER, {
  "X-VertexSMS-Token: " .. setup.token, "Accept: application/json", "Content-Type: application/json", "Expect:",
})
easy:setopt(curl.OPT_WRITEFUNCTION, function(text)
  answer[#answer + 1] = text
  return #text
end)
if setup.ca_file then easy:setopt(curl.OPT_CAINFO, setup.ca_file) end

setup.measure(function(sends)
  for _ = 1, sends do
    answer = {}
    easy:setopt(curl.OPT_POSTFIELDS, cjson.encode(setup.message))
    assert(easy:perform())
    assert(cjson.decode(table.concat(answer))[1])
  end
end)
