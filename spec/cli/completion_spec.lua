-- The completions and the manual page, made from the tables of the parser, in real shells and by man. They are the same
-- under every Lua, so one makes them. zsh, fish, mandoc and man are asked where they are installed; bash always is.

local cli = require("spec.support.cli")
local commands = require("vertexsms.cli.commands").all()
local process = require("spec.support.process")

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

if process.lua() ~= "luajit" then return end

local folder

setup(function()
  folder = os.tmpname()
  os.remove(folder)
  local code, _, errors = process.run({ "luajit", "tools/manual.lua", "1.2.3", folder },
    { env = { SOURCE_DATE_EPOCH = "0" } })
  assert.same({ 0, "" }, { code, errors })
end)
teardown(function() os.execute("rm -r " .. folder) end)

local function is_installed(program)
  return (process.run({ "sh", "-c", "command -v " .. program })) == 0
end

local function file(path) return folder .. "/" .. path end

local function words(text)
  local found = {}
  for word in text:gmatch("%S+") do found[word] = true end
  return found
end

local function has_all_commands(found)
  for _, command in ipairs(commands) do assert.is_true(found[command.name], command.name) end
end

describe("the completion of", function()
  local SCRIPTS = {
    bash = "bash-completion/completions/vertexsms", zsh = "zsh/site-functions/_vertexsms",
    fish = "fish/vendor_completions.d/vertexsms.fish",
  }

  it("every shell is printed by the command, too", function()
    for shell, path in pairs(SCRIPTS) do
      local code, output = cli.run("http://127.0.0.1:1", { "completion", shell })
      assert.equal(0, code)
      assert.equal(process.read_file(file(path)), output)
    end
  end)

  describe("bash", function()
    local function complete(...)
      local script = ([[. '%s'
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vertexsms; echo "${COMPREPLY[*]}"]]):format(file(SCRIPTS.bash))
      local code, output, errors = process.run({ "bash", "--norc", "-c", script, "bash", "vertexsms", ... })
      assert.same({ 0, "" }, { code, errors })
      return words(output)
    end

    it("knows commands, options and what they may be", function()
      has_all_commands(complete(""))
      assert.same(words("--priority --proxy"), complete("send", "--pr"))
      assert.same(words("high normal low"), complete("send", "--to", "37069912345", "--priority", ""))
      assert.same(words("register confirm"), complete("sender", ""))
      assert.same(words("--type"), complete("sender", "register", "--ty"))
      has_all_commands(complete("help", ""))
    end)
  end)

  describe("zsh", function()
    if not is_installed("zsh") then return end

    -- A real line editor on a terminal: a completion that is unique is written into the line.
    local function complete(lines)
      local script = ([[
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z "PS1=; fpath=(%s \$fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word"
        zpty -w z "show() { print -r -- \"<\$BUFFER>\"; BUFFER= }; zle -N show; bindkey '^T' show; print REA\DY"
        zpty -r z seen '*READY*'
        for line; do
          zpty -w -n z "$line"$'\t\x14'
          zpty -r z seen '*<*>*'
          print -r -- $seen
        done]]):format(file("zsh/site-functions"))
      local code, output = process.run({ "zsh", "-f", "-c", script, "zsh", unpack(lines) })
      assert.equal(0, code)
      local found = {}
      for line in output:gmatch("<([^\n]*)>") do found[#found + 1] = line end
      return found
    end

    it("knows commands, options and what they may be", function()
      assert.same({
        "vertexsms status ", "vertexsms send --priority ", "vertexsms send --priority normal ",
        "vertexsms sender register ",
      }, complete({
        "vertexsms stat", "vertexsms send --prio", "vertexsms send --priority n", "vertexsms sender r",
      }))
    end)
  end)

  describe("fish", function()
    if not is_installed("fish") then return end

    local function complete(line)
      local script = ("source %s; complete -C '%s' | string replace -r '\\t.*' ''"):format(file(SCRIPTS.fish), line)
      local code, output, errors = process.run({ "fish", "--no-config", "-c", script })
      assert.same({ 0, "" }, { code, errors })
      return words(output)
    end

    it("knows commands, options and what they may be", function()
      has_all_commands(complete("vertexsms "))
      assert.same(words("--priority --proxy"), complete("vertexsms send --pr"))
      assert.same(words("high normal low"), complete("vertexsms send --priority "))
      assert.same(words("register confirm"), complete("vertexsms sender "))
    end)

    it("does not take sender for send", function()
      assert.same(words("--help --version"), complete("vertexsms sender --"))
    end)
  end)
end)

describe("the manual page", function()
  local page

  setup(function() page = file("man/man1/vertexsms.1") end)

  it("has every command, the version, and the date of SOURCE_DATE_EPOCH", function()
    local text = process.read_file(page)
    assert.matches('^%.TH VERTEXSMS 1 "1970%-01%-01" "vertexsms 1%.2%.3"', text)
    for _, command in ipairs(commands) do
      assert.truthy(text:find(('\n.SS "%s"\n'):format(command.name), 1, true), command.name)
    end
  end)

  it("passes mandoc's lint", function()
    if not is_installed("mandoc") then return end
    local code, output = process.run({ "mandoc", "-T", "lint", "-W", "warning", page })
    assert.same({ 0, "" }, { code, output })
  end)

  it("is shown by man without a warning, in 80 columns", function()
    if not is_installed("man") or not is_installed("groff") then return end
    local environment = { MANWIDTH = "80", LC_ALL = "C.UTF-8", PAGER = "cat" }
    local code, output, errors = process.run({ "man", "--warnings", "-l", page }, { env = environment })
    assert.same({ 0, "" }, { code, errors })
    for _, line in ipairs(cli.lines(output)) do
      assert.is_true(#line:gsub("[\128-\191]", "") <= 80, line)
    end
  end)
end)
