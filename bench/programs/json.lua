-- Only the JSON of a send: the message encoded, the answer decoded.

local cjson = require("cjson")
local setup = require("bench.programs.setup")

setup.measure(function(sends)
  for _ = 1, sends do
    cjson.encode(setup.message)
    assert(cjson.decode('["1281532560"]')[1])
  end
end)
