--- The rows of a campaign: a CSV file with a line of titles, or an object of JSON a line; and their texts, in which
-- `{name}` stands for the column of that title.
--
-- Tested in spec/cli/outbox/rows_spec.lua.

local ascii = require("vertexsms.base.ascii")
local numbers = require("vertexsms.base.number")
local shown = require("vertexsms.base.shown")

local M = {}

--- One row.
---@class vertexsms.cli.outbox.Row
---@field line integer where it begins
---@field values table<string, string> by title

-- One field of RFC 4180, and where the next one begins; a quote in a quoted field stands twice.
local function read_field(text, from, separator)
  if text:sub(from, from) ~= '"' then
    local stop = text:find("[" .. separator .. "\r\n]", from) or #text + 1
    return text:sub(from, stop - 1), stop
  end
  local parts, position = {}, from + 1
  while true do
    local stop = text:find('"', position, true)
    if not stop then return nil end
    parts[#parts + 1] = text:sub(position, stop - 1)
    if text:sub(stop + 1, stop + 1) ~= '"' then return table.concat(parts, '"'), stop + 1 end
    position = stop + 2
  end
end

local function count_lines(text)
  local _, count = text:gsub("\r\n?", "\n"):gsub("\n", "")
  return count
end

-- A line in which nothing is quoted.
local function split(line, separator)
  local fields, from = {}, 1
  repeat
    local at = line:find(separator, from, true)
    fields[#fields + 1], from = line:sub(from, (at or 0) - 1), (at or 0) + 1
  until not at
  return fields
end

local function read_plain(text, position, separator)
  local stop = text:find("[\r\n]", position) or #text + 1
  local line = text:sub(position, stop - 1)
  if line:find('"', 1, true) then return nil end
  local is_pair = text:find("^\r\n", stop) ~= nil
  return split(line, separator), stop + (is_pair and 2 or 1)
end

-- Fields of which one is quoted may hold line ends.
local function read_quoted(text, position, separator, line)
  local fields, ending = {}
  repeat
    local field, stop = read_field(text, position, separator)
    if not field then return nil, ("line %d has a quote that does not end"):format(line) end
    ending = text:match("^\r\n", stop) or text:sub(stop, stop)
    if ending ~= "" and not ending:find("[" .. separator .. "\r\n]") then
      return nil, ("line %d has something behind a quoted field"):format(line)
    end
    fields[#fields + 1], position = field, stop + math.max(#ending, 1)
  until ending ~= separator
  return fields, position
end

-- The records of a text.
local function records(text, separator)
  local all, position, line = {}, 1, 1
  while position <= #text do
    local fields, next_position = read_plain(text, position, separator)
    local lines = 1
    if not fields then
      fields, next_position = read_quoted(text, position, separator, line)
      if not fields then return nil, next_position end
      lines = count_lines(text:sub(position, next_position - 1))
    end
    if #fields > 1 or fields[1] ~= "" then all[#all + 1] = { line = line, fields = fields } end
    position, line = next_position, line + lines
  end
  return all
end

-- Spreadsheets of many countries write semicolons.
local function separator_of(text)
  local first = text:match("^[^\r\n]*")
  for _, separator in ipairs({ "\t", ";" }) do
    if first:find(separator, 1, true) and not first:find(",", 1, true) then return separator end
  end
  return ","
end

local function read_csv(text)
  local all, reason = records(text, separator_of(text))
  if not all then return nil, reason end
  local titles = all[1]
  if not titles then return nil, "the file is empty" end
  local rows = {}
  for i = 2, #all do
    local record = all[i]
    if #record.fields > #titles.fields then
      return nil, ("line %d has %d fields, and the first line has %d"):format(record.line, #record.fields,
        #titles.fields)
    end
    local values = {}
    for k, title in ipairs(titles.fields) do values[title] = record.fields[k] or "" end
    rows[#rows + 1] = { line = record.line, values = values }
  end
  return rows, nil, titles.fields
end

local function text_of(value)
  if type(value) == "string" then return value end
  if type(value) == "number" then return numbers.write(value) end
  return type(value) == "boolean" and tostring(value) or nil
end

local function read_json(text)
  local rows, number = {}, 0
  for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if line:find("[^ \t]") then
      local object, reason = require("vertexsms.check.json").decode(line)
      if type(object) ~= "table" then
        return nil, ("line %d %s"):format(number, reason or "must be a JSON object")
      end
      local values = {}
      for name, value in pairs(object) do values[tostring(name)] = text_of(value) end
      rows[#rows + 1] = { line = number, values = values }
    end
  end
  return rows
end

--- Reads a campaign.
---@param text string the whole file
---@return vertexsms.cli.outbox.Row[]|nil
---@return string|nil reason
---@return string[]|nil titles of a CSV file, in their order
function M.read(text)
  if text:find("^[ \t\r\n]*{") then return read_json(text) end
  return read_csv(text)
end

local NUMBER_TITLES = { "to", "number", "phone", "msisdn", "mobile", "recipient" }

--- The title of the column with the numbers.
---@param rows vertexsms.cli.outbox.Row[]
---@param titles string[]|nil
---@param wanted string|nil what the command line says
---@return string|nil
---@return string|nil reason
function M.number_title(rows, titles, wanted)
  local values = rows[1] and rows[1].values or {}
  if wanted then
    if values[wanted] then return wanted end
    return nil, ("--to-column %s is not the title of a column"):format(shown.text(wanted))
  end
  for _, known in ipairs(NUMBER_TITLES) do
    for title in pairs(values) do
      if ascii.is_same(title, known) then return title end
    end
  end
  if titles then return titles[1] end
  return nil, 'no field is named "to": name it with --to-column'
end

--- A text with places for columns.
---@class vertexsms.cli.outbox.Template
---@field pieces string[] what stands between the places, or the name of a place
---@field names table<integer, boolean> which of the pieces are names

--- Reads a text. `{{` is a brace.
---@param text string
---@return vertexsms.cli.outbox.Template
function M.template(text)
  local pieces, names, literal = {}, {}, ""
  local from = 1
  while from <= #text do
    local plain, name = text:match("^([^{]+)", from), text:match("^{([^{}]*)}", from)
    if plain then
      literal, from = literal .. plain, from + #plain
    elseif text:find("^{{", from) then
      literal, from = literal .. "{", from + 2
    elseif name then
      pieces[#pieces + 1], pieces[#pieces + 2] = literal, name
      names[#pieces], literal, from = true, "", from + #name + 2
    else
      literal, from = literal .. "{", from + 1
    end
  end
  pieces[#pieces + 1] = literal
  return { pieces = pieces, names = names }
end

--- The first place for which there is no column.
---@param template vertexsms.cli.outbox.Template
---@param has fun(name: string): any
---@return string|nil name
function M.missing(template, has)
  for i, piece in ipairs(template.pieces) do
    if template.names[i] and not has(piece) then return piece end
  end
end

--- The text of a row.
---@param template vertexsms.cli.outbox.Template
---@param values table<string, string>
---@return string|nil text
---@return string|nil reason
function M.fill(template, values)
  local parts = {}
  for i, piece in ipairs(template.pieces) do
    local part = piece
    if template.names[i] then part = values[piece] end
    if not part then return nil, ("has no column %s, which --message names"):format(shown.text(piece)) end
    parts[i] = part
  end
  return table.concat(parts)
end

return M
