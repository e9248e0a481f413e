-- What a command does before it begins: it loads its own module, and those of no other command, and lays out no help.

local commands = require("vertexsms.cli.commands")
local help = require("vertexsms.cli.help")
local parsers = require("vertexsms.cli.parser")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local server

setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

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

  -- What it has loaded at its end.
  local function loaded_by(...)
    local words = {}
    for i, word in ipairs({ ... }) do words[i] = ("%q"):format(word) end
    local code = ([[
      local exit = os.exit
      os.exit = function(...)
        for name in pairs(package.loaded) do io.stderr:write(name, "\n") end
        exit(...)
      end
      arg = { [0] = "bin/vertexsms", %s }
      dofile("bin/vertexsms")]]):format(table.concat(words, ", "))
    local exit_code, output, errors = process.run({ process.lua(), "-e", code }, {
      env = { VERTEXSMS_TOKEN = scripted.token, VERTEXSMS_BASE_URL = server.url },
    })
    assert.equal(0, exit_code, output .. errors)
    local names = {}
    for name in errors:gmatch("[^\n]+") do names[name] = true end
    return names
  end

  it("loads no other command", function()
    local names = {}
    for name in pairs(loaded_by("count", "x")) do names[#names + 1] = name:match("^vertexsms%.cli%.commands%.(.*)") end
    assert.same({ "count" }, names)
  end)

  it("loads nothing for one message that only others need", function()
    server:script({ body = '["1281532560"]' })
    local names = loaded_by("send", "--to", "37069912345", "--from", "MyShop", "--message", "x")
    assert.is_true(names["vertexsms.request.plain"])
    for _, name in ipairs({
      "request.complete", "message.rules", "cli.sending", "cli.table", "cli.layout", "cli.lines", "guard",
      "guard.location", "tracking", "store", "text", "api.send_many", "api.cost",
    }) do
      assert.is_nil(names["vertexsms." .. name], name)
    end
  end)
end)
