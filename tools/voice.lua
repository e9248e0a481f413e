-- The habits of CONTRIBUTING.md ("Voice") that a program can see: luajit tools/voice.lua FILE...  Fails at one that is
-- not kept.

local problems = {}

local function complain(path, number, words)
  problems[#problems + 1] = ("%s:%d: %s"):format(path, number, words)
end

-- The comment in a line of Lua, or of C where a block comment is open.
local function comment_in(path, line, is_open)
  if path:find("%.lua$") then return line:match("^%-%-.*$") or line:match(" (%-%-.*)$") end
  return is_open and line or line:match("/%*.*$")
end

local TAGS_OF_TYPES = { class = true, alias = true, type = true }

-- Three dashes over what is local say that others read them: only types are.
local function is_for_others(block)
  for _, line in ipairs(block) do
    if TAGS_OF_TYPES[line:match("^%-%-%-@(%l+)")] or line:find("^%-%-%-|") then return true end
  end
  return not block[1]:find("^%-%-%-[^-]")
end

local LINES = {
  { "^%-%-%-@%l+ [%w_]+%? ", "`name: type|nil`, not `name? type`" },
  { "^%-%- @module", "no @module: the path says it" },
  { "^ *local MAX_", "a bound is named by what it bounds: BODY_MAX" },
  { "^%-%-%-@class vertexsms%.%l[%w_.]*%.%l[%w_]*$", "a class begins with a capital: vertexsms.ROOM.Name" },
}

-- Words that read like a translation. They are looked for in comments and in the names of specs, in lower case.
local WORDS = {
  { "%f[%w]who%l*ever%f[%W]", "name the actor, not \"whoever\"" },
  { "%f[%w]nobody%f[%W]", "name the actor, not \"nobody\"" },
  { "%f[%w]some%l*body%f[%W]", "name the actor, not \"somebody\"" },
  { "%f[%w]so many%f[%W]", "\"that many\", or the number, not \"so many\"" },
  { "%f[%w]at last%f[%W]", "\"in the end\", not \"at last\"" },
  { "%f[%w]lets? go of%f[%W]", "\"releases\", not \"lets go of\"" },
  { "%f[%w]hears? of%f[%W]", "\"learns of\" or \"is told\", not \"hears of\"" },
  { "%f[%w]one's own%f[%W]", "\"the user's\" or \"its own\", not \"one's own\"" },
}

-- "is no X" is "is not an X"; "there is no X" and "is no longer" are fine.
local FORMS = { is = true, are = true, was = true, were = true, be = true }
local FINE_AFTER_NO = { longer = true, more = true, less = true, fewer = true, different = true, need = true }

local function says_is_no(text)
  for before, verb, noun in (" " .. text):gmatch("(%w*) (%l+) no %f[%w](%l+)") do
    if FORMS[verb] and before ~= "there" and not FINE_AFTER_NO[noun] then return true end
  end
end

local function spoken_in(path, line, is_open)
  return line:match("^%s*describe%((.*)") or line:match("^%s*it%((.*)") or line:match("^%s*test%((.*)")
    or comment_in(path, line, is_open)
end

local function check_words(path, number, text)
  text = text:lower()
  for _, word in ipairs(WORDS) do
    if text:find(word[1]) then complain(path, number, word[2]) end
  end
  if says_is_no(text) then complain(path, number, "\"is not a\", not \"is no\"") end
end

local function check_line(path, number, line, is_open)
  for _, habit in ipairs(path:find("%.lua$") and LINES or {}) do
    if line:find(habit[1]) then complain(path, number, habit[2]) end
  end
  local comment = comment_in(path, line, is_open)
  local spoken = spoken_in(path, line, is_open)
  if spoken then check_words(path, number, spoken) end
  if comment and comment:find("%l[.?!][)`\"]?  %u") then complain(path, number, "one space after a full stop") end
end

local function check(path)
  local number, block, is_open = 0, {}, false
  for line in io.lines(path) do
    number = number + 1
    check_line(path, number, line, is_open)
    if line:find("^%-%-") then
      block[#block + 1] = line
    else
      if block[1] and line:find("^local ") and number > #block + 1 and not is_for_others(block) then
        complain(path, number, "two dashes over what is local")
      end
      block = {}
    end
    local begins, ends = line:find("/%*[^/]*$"), line:find("%*/")
    is_open = begins ~= nil and not line:find("%*/", begins) or is_open and not ends
  end
end

for _, path in ipairs(arg) do check(path) end
table.sort(problems)
for _, problem in ipairs(problems) do print(problem) end
os.exit(#problems == 0 and 0 or 1)
