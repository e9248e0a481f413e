-- The loop's turn was over with answers left to collect, and a callback had closed the client: the host asked the
-- closed engine for its descriptor, and "bad argument #1 to 'new_poll'" ended the whole program.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local uv = require("luv")
local core = require("vertexsms.core")
local client = require("vertexsms").safe.new({ token = "t", base_url = (...), host = "luv", retry = false })
local answered = 0

-- All answers are there when the first callback returns, and its turn is long over.
local function on_answer()
  answered = answered + 1
  if answered > 1 then return end
  repeat until client.engine:counters().in_flight == 0
  local deadline = core.now() + 0.01
  repeat until core.now() > deadline
  client:close()
end

for _ = 1, 20 do
  client:submit("send", { to = "37069912345", from = "MyShop", message = "x" }, on_answer)
end
uv.run()
print(answered)
]]

-- Likewise a list that had no time left in its turn, while no descriptor was polled: client:all raised, and what became
-- of all of its messages was lost.
local LIST = [[
local uv = require("luv")
local core = require("vertexsms.core")
local client = require("vertexsms").safe.new({
  token = "t", base_url = (...), host = "luv", retry = false, concurrency = 1,
})
local items = {}
for i = 1, 30 do items[i] = { "send", { to = "37069912345", from = "MyShop", message = "x" } } end

-- Read when the first answer has made room for it: then the turn is over, and the client is closed before the next.
items[11] = setmetatable({}, { __index = function()
  local deadline = core.now() + 0.01
  repeat until core.now() > deadline
  local timer = uv.new_timer()
  timer:start(0, 0, function()
    timer:close()
    client:close()
  end)
end })

coroutine.wrap(function()
  local accepted, failed = 0, 0
  for _, outcome in ipairs(client:all(items, { concurrency = 10 })) do
    if outcome.result then accepted = accepted + 1 elseif outcome.error then failed = failed + 1 end
  end
  print(accepted, failed)
end)()
uv.run()
]]

describe("a luv client that is closed", function()
  local faults

  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)

  local function assert_prints(expected, program)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(program)
    file:close()
    local code, output, errors = process.run({ process.lua(), path, faults:url("slow", "/50") })
    os.remove(path)
    assert.equal(0, code, output .. errors)
    assert.equal(expected, output)
  end

  it("in a callback, with more answers to collect, gives them all", function()
    assert_prints("20\n", CODE)
  end)

  it("between two turns of a list, tells what became of each", function()
    assert_prints("1\t29\n", LIST)
  end)
end)
