--- What one text costs: encoding, units, parts and where they break, what keeps it out of GSM-7, and what smart
-- encoding would save.
--
-- Tested in spec/cli/commands/count_spec.lua.

local ascii = require("vertexsms.base.ascii")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local tables = require("vertexsms.cli.table")
local text = require("vertexsms.text").safe
local width = require("vertexsms.cli.width")

local M = {}

-- Columns of a text on each side of the character that is pointed at, and of a part.
local BESIDE, PART = 35, 60

local UNITS = { ["GSM-7"] = "septets", ["UCS-2"] = "UTF-16 code units" }

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

-- The texts of the parts; what is split is the message, without its options for smart encoding.
local function parts_of(message, options)
  local texts = {}
  for i, part in ipairs(assert(text.split(message, { reference = options.reference, ref = 0 }))) do
    texts[i] = part.message
  end
  return texts
end

-- What smart encoding makes of it: its text, cost and changes; nil where it changes nothing.
local function smart_of(message, options)
  local simpler, changes = text.simplify(message, options)
  if not simpler or #changes == 0 then return nil end
  local cost = text.analyze(simpler, { reference = options.reference })
  cost.text, cost.changes = simpler, changes
  return cost
end

local function length(part)
  local _, count = part:gsub("[^\128-\191]", "")
  return count
end

-- The character with which each part after the first begins.
local function breaks_of(parts)
  local breaks, position = {}, 1
  for i = 1, #parts - 1 do
    position = position + length(parts[i])
    breaks[i] = position
  end
  return breaks
end

local function json_of(cost, parts, smart)
  local array = require("vertexsms.json").array
  return {
    encoding = cost.encoding, units = cost.units, parts = cost.parts, per_part = cost.per_part, chars = cost.chars,
    left = cost.left, culprit = cost.culprit, breaks = array(breaks_of(parts)),
    smart = smart and {
      text = smart.text, encoding = smart.encoding, units = smart.units, parts = smart.parts,
      saved_parts = cost.parts - smart.parts, changes = smart.changes,
    },
  }
end

-- A character as it is shown in one line: what takes up no column would be pointed at in vain.
local function shown(character)
  if #character == 1 or width.of_character(character) > 0 then return width.printable(character) end
  return "<" .. text.analyze(character).culprit.codepoint .. ">"
end

-- The characters around one, as many as there is room for on each side: the first and the last of them.
local function window(characters, position)
  local first, last, before, after = position, position, 0, 0
  while first > 1 do
    before = before + width.of(shown(characters[first - 1]))
    if before > BESIDE then break end
    first = first - 1
  end
  while last < #characters do
    after = after + width.of(shown(characters[last + 1]))
    if after > BESIDE then break end
    last = last + 1
  end
  return first, last
end

local function is_gsm(character)
  local _, encoding = text.count(character)
  return encoding == "GSM-7"
end

-- The text around the culprit, and a line under it that points at every character of its kind.
local function underlined(message, culprit)
  local characters = width.characters(message)
  local first, last = window(characters, culprit.position)
  local line, marks = { first > 1 and "..." or "" }, { first > 1 and "   " or "" }
  for i = first, last do
    local character = shown(characters[i])
    line[#line + 1] = character
    marks[#marks + 1] = (is_gsm(characters[i]) and " " or "^"):rep(width.of(character))
  end
  if last < #characters then line[#line + 1] = "..." end
  return table.concat(line), (table.concat(marks):gsub(" +$", ""))
end

local function count_culprits(message)
  local count, distinct, known = 0, 0, {}
  for _, character in ipairs(width.characters(message)) do
    if known[character] == nil then
      known[character] = is_gsm(character)
      if not known[character] then distinct = distinct + 1 end
    end
    if not known[character] then count = count + 1 end
  end
  return count, distinct
end

local function show_culprit(message, culprit)
  local line, marks = underlined(message, culprit)
  output.print()
  output.print(line)
  output.print(marks)
  output.print(("%s at character %d is not GSM-7: that makes the whole text UCS-2"):format(culprit.codepoint,
    culprit.position))
  local count, distinct = count_culprits(message)
  if count > 1 then output.print(("there are %d such characters, %d of them different"):format(count, distinct)) end
end

local function show_parts(cost, parts)
  local rows = {}
  for i, part in ipairs(parts) do rows[i] = { i, cost.per_part[i], width.shorten(width.printable(part), PART) } end
  output.print()
  tables.print(rows, { { title = "PART", right = true }, { title = "UNITS", right = true }, { title = "TEXT" } })
end

local function changes_of(changes)
  local words, seen = {}, {}
  for _, change in ipairs(changes) do
    local word = ("%s to %s"):format(change.codepoint,
      change.replacement == "" and "nothing" or ascii.quoted(change.replacement))
    if not seen[word] then
      seen[word] = true
      words[#words + 1] = word
    end
  end
  return table.concat(words, ", ")
end

local function show_smart(cost, smart)
  output.print()
  if not smart then return output.print("smart encoding does not help here") end
  local saved = cost.parts - smart.parts
  output.print(("smart encoding makes it %s, %d %s in %s: it saves %s"):format(smart.encoding, smart.units,
    UNITS[smart.encoding], plural(smart.parts, "part"), saved > 0 and plural(saved, "part") or "no part"))
  output.print(changes_of(smart.changes))
  output.print(width.shorten(width.printable(smart.text), 2 * BESIDE))
end

local function show(message, cost, parts, smart)
  tables.print_fields({
    { "encoding", cost.encoding },
    { "units", ("%d %s"):format(cost.units, UNITS[cost.encoding]) },
    { "characters", cost.chars },
    { "parts", cost.parts },
    { "left", ("%d until %s"):format(cost.left, cost.parts == 1 and "a second part" or "another part") },
  })
  if cost.culprit then show_culprit(message, cost.culprit) end
  if cost.parts > 1 then show_parts(cost, parts) end
  if cost.culprit then show_smart(cost, smart) end
end

---@param message string
---@param options vertexsms.SimplifyOptions
---@param as_json boolean|nil
---@return integer exit code
function M.run(message, options, as_json)
  local cost, err = text.analyze(message, { reference = options.reference })
  if not cost then return outcome.report(err, as_json, true) end
  local parts, smart = parts_of(message, options), smart_of(message, options)
  if as_json then
    outcome.print_json(json_of(cost, parts, smart))
  else
    show(message, cost, parts, smart)
  end
  return outcome.DONE
end

return M
