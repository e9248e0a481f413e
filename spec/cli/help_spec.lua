-- The help of every command, whatever the list of commands has: it fits a terminal, has examples that the parser takes,
-- and says units. The manual page is made from the same tables, by one Lua.

local cli = require("spec.support.cli")
local commands = require("vertexsms.cli.commands").all()
local help = require("vertexsms.cli.help")
local layout = require("vertexsms.cli.layout")
local parsers = require("vertexsms.cli.parser")
local process = require("spec.support.process")
local width = require("vertexsms.cli.width")

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

-- An example is shown behind seven columns by man(1).
local EXAMPLE_COLUMNS = 73
-- One line in the list of commands.
local SUMMARY_COLUMNS = 55

local parser = parsers.build(commands)

local function walk(command, visit)
  visit(command, help.name_of(command))
  for _, each in ipairs(command._commands) do walk(each, visit) end
end

local function lines_of(text)
  return (text .. "\n"):gmatch("([^\n]*)\n")
end

-- The command lines of an example, without what is the shell's.
local function command_lines(example)
  local found = {}
  for line in lines_of((example:gsub("\\\n", ""))) do
    found[#found + 1] = line:match("%f[%w](vertexsms [^<>()]*)")
  end
  return found
end

-- The words of command lines, as a shell splits them: a list for each.
local function split(all)
  local script = "vertexsms() { printf '%s\\n' \"$@\"; echo; }\n" .. table.concat(all, "\n")
  local code, output, errors = process.run({ "sh", "-c", script })
  assert.same({ 0, "" }, { code, errors })
  local list = {}
  for block in output:gmatch("(.-\n)\n") do
    local words = {}
    for word in lines_of(block:sub(1, -2)) do words[#words + 1] = word end
    list[#list + 1] = words
  end
  return list
end

describe("the help of a command", function()
  it("fits 80 columns", function()
    walk(parser, function(command, name)
      for line in lines_of(help.text(command)) do
        assert.is_true(width.of(line) <= layout.COLUMNS, name .. ": " .. line)
      end
    end)
  end)

  it("has examples of that command, which the parser takes and a terminal shows whole", function()
    local all = {}
    walk(parser, function(command, name)
      local examples, text, is_own = assert(command.described.examples, name), help.text(command), false
      for _, example in ipairs(examples) do
        assert.truthy(text:find("# " .. example[1], 1, true), name .. " does not show its example " .. example[1])
        for line in lines_of(example[2]) do assert.is_true(width.of(line) <= EXAMPLE_COLUMNS, line) end
        for _, line in ipairs(command_lines(example[2])) do
          is_own = is_own or line:find(name, 1, true) == 1
          all[#all + 1] = line
        end
      end
      assert.is_true(is_own, name .. " has no example of its own")
    end)
    local split_all = split(all)
    assert.equal(#all, #split_all)
    for i, words in ipairs(split_all) do
      local taken, reason = parser:pparse(words)
      assert.is_true(taken, ("%s: %s"):format(all[i], tostring(reason)))
    end
  end)

  it("names what an option takes, with its unit", function()
    walk(parser, function(command, name)
      for _, option in ipairs(command._options) do
        local label, about = option:_get_label_lines()[1], option._description
        local place = ("%s %s: %s"):format(name, label, tostring(about))
        assert.truthy(about and about:find("[.)]$"), place)
        assert.is_nil(label:find("<", 1, true), place .. " needs an argname")
        if label:find("SECONDS", 1, true) and not option._choices then
          assert.truthy(about:lower():find("second", 1, true) or label:find("|", 1, true), place)
        end
      end
      for _, argument in ipairs(command._arguments) do assert.truthy(argument._description, name) end
    end)
  end)

  it("is told in one line in the list", function()
    walk(parser, function(command, name)
      local summary = command.described.summary
      assert.is_true(command == parser or width.of(summary) <= SUMMARY_COLUMNS, name .. ": " .. summary)
      assert.truthy(summary:find("%.$"), name .. ": " .. summary)
    end)
  end)
end)

describe("vertexsms", function()
  local function run(...)
    return cli.run("http://127.0.0.1:1", { ... })
  end

  it("help shows the help of a command, and of one below it", function()
    for _, words in ipairs({ {}, { "send" }, { "sender", "register" } }) do
      local code, output, errors = run("help", unpack(words))
      assert.same({ 0, "" }, { code, errors })
      words[#words + 1] = "--help"
      assert.equal(select(2, run(unpack(words))), output)
    end
    local code, output, errors = run("help", "sned")
    assert.same({ 1, "" }, { code, output })
    assert.matches("Error: unknown command 'sned'\nSee `vertexsms %-%-help`%.\n$", errors)
  end)

  it("alone lists the commands on stderr, and exits with 1: nothing was done", function()
    local code, output, errors = run()
    assert.same({ 1, "" }, { code, output })
    for _, command in ipairs(commands) do
      assert.matches("\n   " .. command.name .. " +" .. command.summary:sub(1, 9):gsub("%p", "%%%0"), errors)
    end
    for line in lines_of(errors) do assert.is_true(width.of(line) <= layout.COLUMNS, line) end
    code, output, errors = run("sender")
    assert.same({ 1, "" }, { code, output })
    assert.matches("\n   register +Register a sender ID%.\n", errors)
  end)

  it("says which help to read after a usage error", function()
    local _, _, errors = run("sender", "register")
    assert.matches("\n\nError: missing argument 'name'\nSee `vertexsms sender register %-%-help`%.\n$", errors)
  end)
end)
