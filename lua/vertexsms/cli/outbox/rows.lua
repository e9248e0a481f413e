--- The rows of a campaign: a CSV file with a line of titles, or an object of JSON a line; and their texts, in which
-- `{name}` stands for the column of that title.
--
-- Tested in spec/cli/outbox/rows_spec.lua.

local ascii = require("vertexsms.base.ascii")
local numbers = require("vertexsms.base.number")
local shown = require("vertexsms.base.shown")

local M = {}

--- A file with rows.
---@class vertexsms.cli.outbox.Source
---@field titles string[]|nil of a CSV file, in their order
---@field each fun(take: vertexsms.cli.outbox.Take): string|nil hands over the rows in their order; reason to end early

--- Takes one row: the line in which it begins, and its values by their titles, in a table that is the same for every
--- row of a CSV file. A reason ends the reading.
---@alias vertexsms.cli.outbox.Take fun(line: integer, values: table<string, string>): string|nil

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

-- Of a line in which nothing is quoted.
local function split(line, separator, fields)
  local count, from = 1, 1
  local at = line:find(separator, from, true)
  while at do
    fields[count], count, from = line:sub(from, at - 1), count + 1, at + 1
    at = line:find(separator, from, true)
  end
  fields[count] = line:sub(from)
  return count
end

-- How many fields it has put into the table, and where the next record begins. Nil where something is quoted.
local function read_plain(text, position, separator, has_returns, fields)
  local stop = has_returns and text:find("[\r\n]", position) or text:find("\n", position, true) or #text + 1
  local line = text:sub(position, stop - 1)
  if line:find('"', 1, true) then return nil end
  local is_pair = has_returns and text:find("^\r\n", stop) ~= nil
  return split(line, separator, fields), stop + (is_pair and 2 or 1)
end

-- Fields of which one is quoted may hold line ends.
local function read_quoted(text, position, separator, line, fields)
  local count, ending = 0
  repeat
    local field, stop = read_field(text, position, separator)
    if not field then return nil, ("line %d has a quote that does not end"):format(line) end
    ending = text:match("^\r\n", stop) or text:sub(stop, stop)
    if ending ~= "" and not ending:find("[" .. separator .. "\r\n]") then
      return nil, ("line %d has something behind a quoted field"):format(line)
    end
    count = count + 1
    fields[count], position = field, stop + math.max(#ending, 1)
  until ending ~= separator
  return count, position
end

-- A function that reads the next record of a text: in which line it begins, how many fields it has, and these, in a
-- table that is the same each time. Nil at the end, and with a reason where there is no record.
local function records(text, separator)
  local position, next_line, fields, has_returns = 1, 1, {}, text:find("\r", 1, true) ~= nil
  return function()
    while position <= #text do
      local line, lines = next_line, 1
      local count, after = read_plain(text, position, separator, has_returns, fields)
      if not count then
        count, after = read_quoted(text, position, separator, line, fields)
        if not count then return nil, after end
        lines = count_lines(text:sub(position, after - 1))
      end
      position, next_line = after, line + lines
      if count > 1 or fields[1] ~= "" then return line, count, fields end
    end
  end
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
  local read = records(text, separator_of(text))
  local line, title_count, first = read()
  if not line then return nil, title_count or "the file is empty" end
  local titles = {}
  for i = 1, title_count do titles[i] = first[i] end
  local function each(take)
    local values, reason = {}
    repeat
      local row, count, fields = read()
      if not row then return count end
      if count > title_count then
        return ("line %d has %d fields, and the first line has %d"):format(row, count, title_count)
      end
      for i = 1, title_count do values[titles[i]] = i <= count and fields[i] or "" end
      reason = take(row, values)
    until reason
    return reason
  end
  return { titles = titles, each = each }
end

local function text_of(value)
  if type(value) == "string" then return value end
  if type(value) == "number" then return numbers.write(value) end
  return type(value) == "boolean" and tostring(value) or nil
end

local function values_of(object)
  local values = {}
  for name, value in pairs(object) do values[tostring(name)] = text_of(value) end
  return values
end

local function read_json(text)
  local function each(take)
    local number = 0
    for line in (text:gsub("\r\n?", "\n") .. "\n"):gmatch("([^\n]*)\n") do
      number = number + 1
      if line:find("[^ \t]") then
        local object, reason = require("vertexsms.check.json").decode(line)
        if type(object) ~= "table" then return ("line %d %s"):format(number, reason or "must be a JSON object") end
        reason = take(number, values_of(object))
        if reason then return reason end
      end
    end
  end
  return { each = each }
end

--- Reads a campaign.
---@param text string the whole file
---@return vertexsms.cli.outbox.Source|nil
---@return string|nil reason
function M.read(text)
  if text:find("^[ \t\r\n]*{") then return read_json(text) end
  return read_csv(text)
end

local NUMBER_TITLES = { "to", "number", "phone", "msisdn", "mobile", "recipient" }

-- All titles of a CSV file, or those that an object of JSON has.
local function titles_of(values, titles)
  if titles then return titles end
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  ascii.sort(names)
  return names
end

--- Titles for a reader: `"name", "number"`.
---@param titles string[]
---@return string
function M.names_of(titles)
  local names = {}
  for i, title in ipairs(titles) do names[i] = shown.text(title) end
  return table.concat(names, ", ")
end

--- The title of the column with the numbers.
---@param values table<string, string> of the first row
---@param titles string[]|nil of a CSV file
---@param wanted string|nil what the command line says
---@return string|nil
---@return string|nil reason
function M.number_title(values, titles, wanted)
  if wanted then
    if values[wanted] then return wanted end
    return nil, ("--to-column %s is not the title of a column; the file has %s"):format(shown.text(wanted),
      M.names_of(titles_of(values, titles)))
  end
  for _, known in ipairs(NUMBER_TITLES) do
    for _, title in ipairs(titles_of(values, titles)) do
      if ascii.is_same(title, known) then return title end
    end
  end
  if titles then return titles[1] end
  return nil, 'no field is named "to": name it with --to-column'
end

--- A text with places for columns.
---@class vertexsms.cli.outbox.Template
---@field pieces string[] what stands between the places, or the name of a place
---@field places integer[] which of the pieces are names
---@field filled string[] the text of the last row, in the same pieces

--- Reads a text. `{{` is a brace.
---@param text string
---@return vertexsms.cli.outbox.Template
function M.template(text)
  local pieces, places, filled, literal = {}, {}, {}, ""
  local from = 1
  while from <= #text do
    local plain, name = text:match("^([^{]+)", from), text:match("^{([^{}]*)}", from)
    if plain then
      literal, from = literal .. plain, from + #plain
    elseif text:find("^{{", from) then
      literal, from = literal .. "{", from + 2
    elseif name then
      pieces[#pieces + 1], pieces[#pieces + 2] = literal, name
      places[#places + 1], literal, from = #pieces, "", from + #name + 2
    else
      literal, from = literal .. "{", from + 1
    end
  end
  pieces[#pieces + 1] = literal
  for i, piece in ipairs(pieces) do filled[i] = piece end
  return { pieces = pieces, places = places, filled = filled }
end

--- The first place for which there is no column.
---@param template vertexsms.cli.outbox.Template
---@param columns table<string, any>
---@return string|nil name
function M.missing(template, columns)
  for _, place in ipairs(template.places) do
    if not columns[template.pieces[place]] then return template.pieces[place] end
  end
end

--- The text of a row.
---@param template vertexsms.cli.outbox.Template
---@param values table<string, string>
---@return string|nil text
---@return string|nil reason
function M.fill(template, values)
  local pieces, filled = template.pieces, template.filled
  for _, place in ipairs(template.places) do
    local part = values[pieces[place]]
    if not part then return nil, ("has no column %s, which --message names"):format(shown.text(pieces[place])) end
    filled[place] = part
  end
  return table.concat(filled)
end

return M
