-- What a command does before it begins: it loads its own module, and those of no other command, and lays out no help.

local commands = require("vertexsms.cli.commands")
local help = require("vertexsms.cli.help")
local parsers = require("vertexsms.cli.parser")
local process = require("spec.support.process")

describe("the command line", function()
  local function names_of(...)
    local names = {}
    for i, command in ipairs(commands.meant({ ... })) do names[i] = command.name end
    return names
  end

  it("reads the tables of the command that is named, or of all", function()
    assert.same({ "send" }, names_of("send", "--help"))
    assert.same({}, names_of("--version"))
    local all = names_of()
    assert.is_true(#all > 10)
    for _, word in ipairs({ "help", "completion", "sned", "--help" }) do assert.same(all, names_of(word)) end
  end)

  it("lays help out when it is asked for", function()
    local parser = parsers.build(commands.meant({ "send" }))
    local command = help.find(parser, "send")
    assert.same({}, { parser._epilog, command._epilog })
    assert.truthy(help.text(command):find("Examples:", 1, true))
  end)

  it("loads no other command", function()
    local code = [[
      local exit = os.exit
      os.exit = function(...)
        for name in pairs(package.loaded) do
          local command = name:match("^vertexsms%.cli%.commands%.(.*)")
          if command then io.stderr:write(command, "\n") end
        end
        exit(...)
      end
      arg = { [0] = "bin/vertexsms", "count", "x" }
      dofile("bin/vertexsms")]]
    local exit_code, output, errors = process.run({ process.lua(), "-e", code })
    assert.equal(0, exit_code, output)
    assert.equal("count\n", errors)
  end)
end)
