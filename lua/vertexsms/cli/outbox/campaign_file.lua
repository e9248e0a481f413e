--- The file of a campaign, read and checked: its messages, or all that is wrong with it.
--
-- What an import would refuse is found here, so that a dry run and an import say the same.
--
-- Tested in spec/cli/outbox/import_spec.lua.

local adding = require("vertexsms.outbox.adding")
local address = require("vertexsms.address")
local ascii = require("vertexsms.base.ascii")
local campaigns = require("vertexsms.cli.outbox.campaign")
local drafts = require("vertexsms.message.draft")
local input = require("vertexsms.cli.input")
local message_options = require("vertexsms.cli.message_options")
local names = require("vertexsms.cli.names")
local recipients = require("vertexsms.cli.recipients")
local rows = require("vertexsms.cli.outbox.rows")
local shown = require("vertexsms.base.shown")

local M = {}

local TOLD_MAX = 20

---@class vertexsms.cli.outbox.CampaignFile
---@field campaign vertexsms.cli.outbox.Campaign
---@field problems { line: integer, message: string }[] the first ones
---@field problem_count integer

local function at_line(self, line, reason)
  return ("line %d of %s: %s"):format(line, self.name, reason)
end

local function new_file(args, template, source)
  local fields = message_options.add_fields(args, { from = args.from })
  fields.correctBy = nil -- what of it a number needs, `normalize` says
  local checked = {}
  for name, value in pairs(fields) do checked[name] = value end
  local self = {
    name = args.file == "-" and "stdin" or args.file, template = template, lines = {}, titles = source.titles,
    columns = {}, wanted = args.to_column, problems = {}, problem_count = 0, checked = checked,
    how = { country = args.correctBy },
  }
  self.campaign = campaigns.new(args.campaign or campaigns.name_of(args.file), fields, function(place, reason)
    return at_line(self, self.lines[place], reason)
  end)
  self.campaign.parts, self.campaign.send_before = 0, args.send_before
  return self
end

local function complain(self, line, reason)
  self.problem_count = self.problem_count + 1
  if self.problem_count > TOLD_MAX then return end
  self.problems[self.problem_count] = { line = line, message = at_line(self, line, reason) }
end

-- What all rows lack is said once.
local function missing_column(self)
  local missing = rows.missing(self.template, self.columns)
  if not missing then return nil end
  local known = {}
  for name in pairs(self.columns) do known[#known + 1] = name end
  ascii.sort(known)
  return ("the file has no column %s, which --message names; it has %s"):format(shown.text(missing),
    rows.names_of(known))
end

local function begin(self, values)
  local reason
  self.title, reason = rows.number_title(values, self.titles, self.wanted)
  if not self.title then return reason end
  for _, title in ipairs(self.titles or {}) do self.columns[title] = true end
  return self.titles and missing_column(self)
end

-- What depends on the text of a row; all else of a message that can be wrong is the same in every row.
local OF_A_ROW = { message = true, coding = true, udh = true }

-- What is wrong with a message, and whether so with all of them.
local function judge(err)
  if OF_A_ROW[err.field] then return err.message, false end
  return names.of_call(err, "outbox").message, true
end

-- The number, the text, the parts and the country of a row; or nil, what is wrong with it, and whether so with all.
local function read_row(self, values)
  local written = values[self.title] or ""
  local number, reason, country = address.normalize(written, self.how)
  if not number then
    return nil, ("number %s in column %s %s"):format(shown.text(written), shown.text(self.title),
      recipients.in_options(reason, true))
  end
  local text, parts, err
  text, reason = rows.fill(self.template, values)
  if not text then return nil, reason end
  local checked = self.checked
  checked.to, checked.message, checked.correctBy = number, text, country
  parts, err = drafts.parts(drafts.NO_CLIENT, checked)
  err = err or adding.check_text(text)
  if err then return nil, judge(err) end
  return number, text, parts, country
end

-- An object of JSON need not have what others have.
local function note_columns(self, values)
  for name in pairs(values) do self.columns[name] = true end
end

local function take(self, line, values)
  local campaign = self.campaign
  campaign.rows = campaign.rows + 1
  local reason = not self.title and begin(self, values)
  if reason then return reason end
  if not self.titles then note_columns(self, values) end
  local number, text, parts, country = read_row(self, values)
  if not number then
    local problem, is_of_all = text, parts
    if is_of_all then return problem end
    return complain(self, line, problem)
  end
  local place, first = campaign:add(number, text, country)
  if place then
    self.lines[place], campaign.parts = line, campaign.parts + parts
  elseif first then
    complain(self, line, ("has the number of line %d and another text"):format(self.lines[first]))
  end
end

--- Reads and checks all of it.
---@param args table
---@param text string of the messages, with places for columns
---@return vertexsms.cli.outbox.CampaignFile|nil file it has problems, or a message at least
---@return string|nil reason
function M.read(args, text)
  local content, source, reason
  content, reason = input.file(args.file)
  if content then source, reason = rows.read(content) end
  if not source then return nil, reason end
  local self = new_file(args, rows.template(text), source)
  reason = source.each(function(line, values) return take(self, line, values) end)
  if not reason and self.campaign.rows == 0 then reason = "the file has no rows" end
  reason = reason or missing_column(self)
  if not reason and self.problem_count == 0 then reason = self.campaign:refusal() end
  if reason then return nil, reason end
  return self
end

return M
