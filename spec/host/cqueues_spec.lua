-- What a wait in a cqueues loop needs is made for as many waits as there are at once, and used again.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local conditions, cqueues = require("cqueues.condition"), require("cqueues")
local new, made = conditions.new, 0
conditions.new = function(...)
  made = made + 1
  return new(...)
end
local client = require("vertexsms").new({ token = "t", base_url = URL, host = "cqueues" })

local function send(times)
  for _ = 1, times do
    assert(client:send({ to = "37069912345", from = "MyShop", message = "x" }).status == 200)
  end
end

local function run(coroutines, times)
  local loop = cqueues.new()
  for _ = 1, coroutines do loop:wrap(function() send(times) end) end
  assert(loop:loop(10))
end

run(1, 20)
local made_by_one = made
run(4, 5)
run(4, 5)
print(made_by_one, made <= 4)
]]

it("a wait in a cqueues loop takes what an earlier one has left", function()
  local faults = fault_servers.start()
  local url = ("local URL = %q\n"):format(faults:url("slow", "/5"))
  local code, output, errors = process.run({ process.lua(), "-e", url .. CODE })
  faults:stop()
  assert.equal(0, code, output .. errors)
  assert.equal("1\ttrue\n", output)
end)
