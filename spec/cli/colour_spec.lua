-- Outcomes and states have colours on a terminal, and nowhere else.

local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local web = require("spec.support.web")

local ESCAPE = "\27"

describe("colours", function()
  local simulator

  setup(function() simulator = simulators.start({ "--dlr-delay", "0" }) end)
  teardown(process.stop_all)

  local function send(env, url, ...)
    local words = { "send", "--from", "MyShop", "--message", "a", "--to", "37069912345", ... }
    return cli.run_on_terminal(url or simulator.url, words, env)
  end

  it("are those of what became of a message", function()
    local env = { TERM = "xterm", NO_COLOR = "" }
    assert.matches("^\27%[32maccepted\27%[0m %d+ %(1 part%)\r\n$", send(env))
    local refusing, socket = web.refusing()
    assert.matches("^\27%[31mnot sent\27%[0m: ", send(env, refusing))
    socket:close()
    local many = send(env, nil, "--to", "37069912346")
    assert.matches("37069912346  \27%[32maccepted\27%[0m  %d+\r\n", many)
    local id = many:match("37069912346[^\r]* (%d+)\r")
    local output = cli.run_on_terminal(simulator.url, { "status", id, "--wait", "--interval", "0.1" }, env)
    assert.matches("state +\27%[32mdelivered\27%[0m\r\n", output)
  end)

  it("are off with NO_COLOR, on a dumb terminal, and without one", function()
    for _, env in ipairs({ { TERM = "xterm", NO_COLOR = "1" }, { TERM = "dumb", NO_COLOR = "" },
      { TERM = "", NO_COLOR = "" } }) do
      local output = send(env)
      assert.matches("^accepted %d+", output)
      assert.is_nil(output:find(ESCAPE, 1, true))
    end
    local words = { "send", "--from", "MyShop", "--message", "a", "--to", "37069912345" }
    assert.is_nil(select(2, cli.run(simulator.url, words)):find(ESCAPE, 1, true))
  end)

  it("are not in JSON", function()
    assert.is_nil(send({ TERM = "xterm", NO_COLOR = "" }, nil, "--json"):find(ESCAPE, 1, true))
  end)
end)
