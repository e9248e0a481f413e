--- Whom a command is about: numbers as people write them, lists of them in files, and all that is wrong with a list.
--
-- Tested in spec/cli/recipients_spec.lua and spec/cli/input_spec.lua.

local outcome = require("vertexsms.cli.outcome")
local shown = require("vertexsms.base.shown")

local M = {}

-- Problems that are told; a file of another kind has them in every line.
local TOLD_MAX = 20

--- A recipient, and where it stands.
---@class vertexsms.cli.Recipient
---@field written string as it stands there
---@field to string what is sent
---@field correctBy string|nil
---@field file string|nil nil for the command line
---@field line integer|nil

-- Where a recipient stands, and what is there: `line 6 of numbers.txt: "37o"`, or the option's name in front.
local function place_of(recipient, option)
  if not recipient.file then return option .. " " .. shown.text(recipient.written) end
  return ("line %d of %s: %s"):format(recipient.line, recipient.file, shown.text(recipient.written))
end

--- The hint at the country names the option, where there is one.
---@param reason string
---@param has_country boolean|nil can the command be told one?
---@return string
function M.in_options(reason, has_country)
  return (reason:gsub(", or name its country$", has_country and ", or name its country with --correct-by LT" or ""))
end

local function say_as(recipient, option)
  if recipient.to == recipient.written then return end
  local country = recipient.correctBy and ", a number of " .. recipient.correctBy or ""
  outcome.say(("%s is read as %s%s"):format(place_of(recipient, option), recipient.to, country))
end

-- Without the core nothing is checked: the client is missing then, and that is told.
local function normalize(text, country)
  local loaded, address = pcall(require, "vertexsms.address")
  if not loaded then return text, nil, country end
  return address.normalize(text, { country = country })
end

local function check_country(country)
  if country == nil or country:find("^[A-Z][A-Z]$") then return nil end
  return "--correct-by must be two capital letters of ISO 3166-1, such as LT, not " .. shown.text(country)
end

--- Reads one number, and says what was made of it.
---@param text string
---@param option string its name on the command line
---@param country string|nil
---@param has_country boolean|nil can the command be told one?
---@return string|nil number
---@return string|nil reason
---@return string|nil correctBy
function M.one(text, option, country, has_country)
  local reason = check_country(country)
  if reason then return nil, reason end
  local number, correct_by
  number, reason, correct_by = normalize(text, country)
  local recipient = { written = text, to = number, correctBy = correct_by }
  if not number then return nil, ("%s %s"):format(place_of(recipient, option), M.in_options(reason, has_country)) end
  say_as(recipient, option)
  return number, nil, correct_by
end

local function say_header(line, name)
  outcome.say(("line %d of %s: %s is taken for a header"):format(line.number, name, shown.text(line.text)))
end

-- A line that begins with # is a comment; a first one without a digit is a header.
local function add_file(all, path)
  local lines, reason = require("vertexsms.cli.lines").read(path)
  if not lines then return reason end
  local name, is_first = path == "-" and "stdin" or path, true
  for _, line in ipairs(lines) do
    if not line.text:find("^#") then
      if is_first and not line.text:find("[0-9]") then
        say_header(line, name)
      else
        all[#all + 1] = { written = line.text, file = name, line = line.number }
      end
      is_first = false
    end
  end
end

local function collect(list)
  local all = {}
  for _, word in ipairs(list) do
    local path = word:match("^@(.*)$")
    local reason = word == "-" and '--to "-" is not a valid number: --to @- reads numbers from stdin' or nil
    if path then reason = add_file(all, path) else all[#all + 1] = { written = word } end
    if reason then return nil, reason end
  end
  return all
end

local function duplicate_of(first)
  local place = first.file and ("in line %d of %s"):format(first.line, first.file) or place_of(first, "--to")
  return ("is the same number as %s; --allow-duplicates sends to it twice"):format(place)
end

-- What is wrong with a recipient; `seen` is nil where the same number twice is right.
local function check(recipient, country, seen)
  local reason
  recipient.to, reason, recipient.correctBy = normalize(recipient.written, country)
  if not recipient.to then return M.in_options(reason, true) end
  if not seen then return nil end
  local first = seen[recipient.to]
  seen[recipient.to] = first or recipient
  return first and duplicate_of(first)
end

local function problems_of(all, country, seen)
  local problems, count = {}, 0
  for _, recipient in ipairs(all) do
    local reason = check(recipient, country, seen)
    if reason then
      count = count + 1
      if count <= TOLD_MAX then
        problems[count] = {
          file = recipient.file, line = recipient.line, value = recipient.written,
          message = ("%s %s"):format(place_of(recipient, "--to"), reason),
        }
      end
    end
  end
  return problems, count
end

local function refused(all, problems, count)
  local message = count == 1 and problems[1].message
    or ("%d of %d recipients cannot be used"):format(count, #all)
  return { message = message, problems = problems, count = count }
end

--- What is wrong with a list: all of it.
---@class vertexsms.cli.Refused
---@field message string
---@field problems { file: string|nil, line: integer|nil, value: string, message: string }[]|nil at most 20
---@field count integer|nil of all problems

--- Reads the recipients of the command line, and says what was made of them.
---@param list string[] numbers, and @FILE
---@param options { country: string|nil, is_once: boolean|nil } is_once: the same number twice is refused
---@return vertexsms.cli.Recipient[]|nil
---@return vertexsms.cli.Refused|nil
function M.read(list, options)
  local reason = check_country(options.country)
  if reason then return nil, { message = reason } end
  local all
  all, reason = collect(list)
  if not all then return nil, { message = reason } end
  if #all == 0 then
    return nil, { message = "--to names a file without a recipient: it must have a number such as 37069912345" }
  end
  local problems, count = problems_of(all, options.country, options.is_once and {} or nil)
  if count > 0 then return nil, refused(all, problems, count) end
  for _, recipient in ipairs(all) do say_as(recipient, "--to") end
  return all
end

return M
