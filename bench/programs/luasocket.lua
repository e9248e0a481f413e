-- One send after the other by LuaSocket: a connection for each, JSON by cjson.

local cjson = require("cjson")
local http = require("socket.http")
local ltn12 = require("ltn12")
local setup = require("bench.programs.setup")

setup.measure(function(sends)
  for _ = 1, sends do
    local body, answer = cjson.encode(setup.message), {}
    local _, status = http.request({
      url = setup.url .. "/sms", method = "POST", source = ltn12.source.string(body), sink = ltn12.sink.table(answer),
      headers = {
        ["X-VertexSMS-Token"] = setup.token, Accept = "application/json", ["Content-Type"] = "application/json",
        ["Content-Length"] = #body,
      },
    })
    assert(status == 200)
    assert(cjson.decode(table.concat(answer))[1])
  end
end)
