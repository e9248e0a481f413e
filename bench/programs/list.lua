-- Messages by send_many, in batches of 500.

local setup = require("bench.programs.setup")

local client = setup.client({ host = "blocking", batch_size = 500 })

setup.measure(function(sends)
  local messages = {}
  for i = 1, sends do
    messages[i] = { to = ("370699%05d"):format(i % 100000), from = "MyShop", message = "Your code is 4815" }
  end
  assert(#client:send_many(messages) == sends)
end)
