-- The C core alone: a fixed body is submitted, and the ticket collected; nothing is checked, encoded or decoded.

local core = require("vertexsms.core")
local setup = require("bench.programs.setup")

local engine = assert(core.engine({
  token = setup.token, base_url = setup.url, ca_file = setup.ca_file, concurrency = setup.in_flight,
}))
local REQUEST = { method = "POST", path = "/sms", body = setup.body }

setup.measure(function(sends)
  local to_begin, to_end, under_way = sends, sends, {}
  local function begin_next()
    if to_begin == 0 then return end
    to_begin = to_begin - 1
    under_way[assert(engine:submit(REQUEST))] = true -- a ticket that nothing refers to is given up
  end
  for _ = 1, setup.in_flight do begin_next() end
  while to_end > 0 do
    engine:wait(1)
    for ticket in engine.collect, engine do
      assert(under_way[ticket] and ticket:response().status == 200)
      under_way[ticket], to_end = nil, to_end - 1
      begin_next()
    end
  end
end)
