-- luv runs its callbacks on the Lua thread that loaded it (luaopen_luv keeps its L). The host loaded it at the first
-- wait, inside a coroutine, which was then resumed on its own stack: "cannot resume running coroutine", and no answer.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local CODE = [[
local url, load_luv = ...
if load_luv == "first" then require("luv") end
local client = require("vertexsms").safe.new({ token = "t", base_url = url, host = "luv" })
local message = { to = "37069912345", from = "MyShop", message = "x" }
coroutine.wrap(function()
  local sent, err = client:send(message)
  print(sent and "accepted" or err)
end)()
client:submit("send", message, function(err, sent) print(sent and "accepted" or err) end)
require("luv").run()
]]

describe("luv loaded late", function()
  local faults
  setup(function() faults = fault_servers.start() end)
  teardown(function() faults:stop() end)

  local function run(load_luv)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(CODE)
    file:close()
    local code, output, errors = process.run({ process.lua(), path, faults:url("ok"), load_luv })
    os.remove(path)
    assert.equal(0, code, output .. errors)
    return output .. errors
  end

  it("is refused inside a coroutine, with the way out, and nothing is sent", function()
    local output = run("last")
    assert.matches('^vertexsms: invalid_argument: call require "luv" outside of coroutines.*not_sent%)\n', output)
    assert.matches("\naccepted\n$", output) -- submit loads it where it should be
  end)

  it("is fine before", function()
    assert.equal("accepted\naccepted\n", run("first"))
  end)
end)
