-- Writes what `make install` puts into share/: the manual page and the completions of three shells, from the tables
-- that --help is made from. Usage, in the source tree: LUA tools/manual.lua VERSION FOLDER
--
-- The page is of the macros man(7). Its date is SOURCE_DATE_EPOCH, else today.

package.path = "lua/?.lua;lua/?/init.lua;" .. package.path

local commands = require("vertexsms.cli.commands").all()
local completion = require("vertexsms.cli.completion")
local parsers = require("vertexsms.cli.parser")

local VERSION, FOLDER = arg[1], arg[2]

local parser = parsers.build(commands)
local lines = {}

-- What roff would take for its own: backslashes, dashes that must stay ASCII, a dot or an apostrophe in front.
local function escaped(text)
  text = text:gsub("[\\-]", { ["\\"] = "\\e", ["-"] = "\\-" }):gsub("\226\128\153", "\\(cq")
  return (text:gsub("^[.']", "\\&%0"))
end

local function put(text) lines[#lines + 1] = text end

local LINE = 72

-- A paragraph, in lines that a person can read.
local function put_text(text)
  local line
  for word in text:gmatch("[^ ]+") do
    if line and #line + 1 + #word > LINE then
      put(escaped(line))
      line = nil
    end
    line = line and line .. " " .. word or word
  end
  put(escaped(line))
end

local function put_term(term, text)
  put(".TP")
  put("\\fB" .. escaped(term) .. "\\fR")
  put_text(text)
end

local function put_code(code)
  put(".nf")
  for line in (code .. "\n"):gmatch("([^\n]*)\n") do put(escaped(line)) end
  put(".fi")
end

local function put_section(macro, section)
  put(("%s \"%s\""):format(macro, escaped(section.title)))
  if section.text then put_text(section.text) end
  for _, row in ipairs(section.rows or {}) do put_term(row[1], row[2]) end
end

local function put_examples(examples)
  for i, example in ipairs(examples) do
    if i > 1 then put(".PP") end
    put_code("# " .. example[1] .. "\n" .. example[2])
  end
end

local function usage_of(command)
  return (command:get_usage():gsub("^Usage: ", ""))
end

local function each_argument(command)
  for _, argument in ipairs(command._arguments) do
    put_term(argument._choices and argument:_get_choices_list() or argument._name, argument:_get_description())
  end
  for i, option in ipairs(command._options) do
    -- The first is --help: once for all of them.
    if i > 1 or command == parser then put_term(option:_get_label_lines()[1], option:_get_description()) end
  end
end

local function put_command(command)
  put((".SS \"%s\""):format(escaped((command:_get_fullname(true)))))
  put_text(command._description)
  put(".PP")
  put_code(usage_of(command))
  each_argument(command)
  for _, section in ipairs(command.described.sections or {}) do
    put(".PP")
    put("\\fI" .. escaped(section.title) .. "\\fR")
    if section.text then
      put(".PP")
      put_text(section.text)
    end
    for _, row in ipairs(section.rows or {}) do put_term(row[1], row[2]) end
  end
  put(".PP")
  put("\\fIExamples\\fR")
  put(".PP")
  put_examples(command.described.examples)
  for _, each in ipairs(command._commands) do put_command(each) end
end

local function put_page()
  local date = os.date("!%Y-%m-%d", tonumber(os.getenv("SOURCE_DATE_EPOCH")))
  put((".TH VERTEXSMS 1 \"%s\" \"vertexsms %s\" \"User Commands\""):format(date, VERSION))
  put(".nh")
  put(".ad l")
  put(".SH NAME")
  put_text("vertexsms - " .. parser.described.summary:gsub("^S", "s"):gsub("%.$", ""))
  put(".SH SYNOPSIS")
  put_code(usage_of(parser))
  put(".SH DESCRIPTION")
  put_text("A message costs money, and VertexSMS cannot tell a repeated request from a new one. So each command says,"
    .. " in words and by its exit code, what became of each message, and repeats only what was certainly not accepted.")
  put(".SH OPTIONS")
  each_argument(parser)
  put(".SH COMMANDS")
  put_text("Each of them has the option --help, too.")
  for _, command in ipairs(parser._commands) do put_command(command) end
  for _, section in ipairs(parser.described.sections) do
    put_section(".SH", { title = section.title:upper(), text = section.text, rows = section.rows })
  end
  put(".SH EXAMPLES")
  put_examples(parser.described.examples)
end

local function write(path, text)
  local folder = FOLDER .. "/" .. path:match("^(.*)/")
  assert(os.execute(("mkdir -p '%s'"):format(folder:gsub("'", "'\\''"))))
  local file = assert(io.open(FOLDER .. "/" .. path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

put_page()
write("man/man1/vertexsms.1", table.concat(lines, "\n") .. "\n")
write("bash-completion/completions/vertexsms", completion.of(parser, "bash"))
write("zsh/site-functions/_vertexsms", completion.of(parser, "zsh"))
write("fish/vendor_completions.d/vertexsms.fish", completion.of(parser, "fish"))
