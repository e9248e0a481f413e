-- Only the JSON of send_many by cjson: the batches encoded, lists of as many IDs decoded.

local cjson = require("cjson")
local setup = require("bench.programs.setup")

local BATCH = 500

local ids = {}
for i = 1, BATCH do ids[i] = ('"%d"'):format(1281532560 + i) end
local answer = "[" .. table.concat(ids, ",") .. "]"

setup.measure(function(sends)
  for first = 1, sends, BATCH do
    local messages = {}
    for i = 1, BATCH do
      messages[i] = { to = ("370699%05d"):format((first + i) % 100000), from = "MyShop", message = "Your code is 4815" }
    end
    cjson.encode(messages)
    assert(#cjson.decode(answer) == BATCH)
  end
end)
