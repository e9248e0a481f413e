-- Inside a cqueues loop a generator of the caller's that sent gave its consumer the object that was meant for the
-- controller, and the outcome was lost. Only a coroutine that the controller resumes itself can wait there; in any
-- other a call blocks.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local cqueues = require("cqueues")
local client = require("vertexsms").new({ token = "t", base_url = (...), host = "cqueues", retry = false })
local turns = 0

local function send() return client:send({ to = "37069912345", from = "MyShop", message = "x" }).status end

local function generate(count)
  return coroutine.wrap(function()
    for _ = 1, count do coroutine.yield(send()) end
  end)
end

local loop = cqueues.new()
loop:wrap(function()
  for status in generate(2) do print(type(status), status) end
  turns = 0
  send()
  print("waits in the loop's own coroutine", turns > 0)
  client:submit("send", { to = "37069912345", from = "MyShop", message = "x" }, function()
    for status in generate(1) do print(type(status), status) end
    turns = 0
    send()
    print("waits in a callback", turns > 0)
  end)
end)
loop:wrap(function()
  for _ = 1, 300 do
    turns = turns + 1
    cqueues.sleep(0.001)
  end
end)
assert(loop:loop(10))
]]

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

it("a generator inside a cqueues loop gets outcomes, not the controller's objects", function()
  local faults = fault_servers.start()
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(CODE)
  file:close()
  local code, output, errors = process.run({ process.lua(), path, faults:url("slow", "/20") })
  os.remove(path)
  faults:stop()
  assert.equal(0, code, output .. errors)
  assert.same({
    "number\t200", "number\t200", "waits in the loop's own coroutine\ttrue", "number\t200", "waits in a callback\ttrue",
  }, lines_of(output))
end)
