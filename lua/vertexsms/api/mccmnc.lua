--- GET /mccmnc/{country}?Page=n: the networks of a country, page by page.

local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local paths = require("vertexsms.request.path")
local records = require("vertexsms.request.record")
local requests = require("vertexsms.request")

---@class vertexsms.SafeClient
local M = {}

--- One network: the fields of VertexSMS's answer.
---@class vertexsms.Network
---@field country string|nil
---@field mcc string|nil with its leading zeros
---@field mnc string|nil with its leading zeros
---@field operatorId string|nil for client:operator

local FIELDS = {
  { name = "country", type = "text" }, { name = "mcc", type = "text" }, { name = "mnc", type = "text" },
  { name = "operatorId", type = "text" },
}

-- No country has that many networks: a server that goes on does not count pages.
local PAGES_MAX = 1000

-- The rows of a page. What surrounds them is not documented [open]: nothing, or an object with one list in it.
local function rows_in(decoded)
  if type(decoded) ~= "table" then return nil end
  if answer.length(decoded) then return decoded end
  local list, lists, is_empty = nil, 0, false
  for _, value in pairs(decoded) do
    local length = answer.length(value)
    if length == 0 then is_empty = true end
    if length and length > 0 then list, lists = value, lists + 1 end
  end
  if lists == 1 then return list end
  return lists == 0 and is_empty and {} or nil
end

local function too_many(path)
  return errors.new({
    kind = "too_large", outcome = "unknown", method = "GET", path = path,
    message = ("the list of networks does not end: more than %d pages"):format(PAGES_MAX),
  })
end

-- A page: its rows, and a text by which to know it again.
local function read(decoded, response)
  local found = rows_in(decoded)
  if not found then return nil, "the response is not a list of networks" end
  local rows, reason = records.list(found, FIELDS)
  return rows and { rows = rows, text = json.encode(rows) or response.body }, reason
end

local function fetch(client, path, number)
  if number > PAGES_MAX then return nil, too_many(path) end
  local page, err = requests.ask(client, requests.get(path, "Page=" .. number), read)
  if page then page.number = number end
  return page, err
end

-- How the last page shows is not documented [open]: the end is a page that is empty, the same as the one before, or,
-- after the first, not found.
local function following(client, path, page)
  local after, err = fetch(client, path, page.number + 1)
  if after and (after.text == page.text or #after.rows == 0) or err and err.kind == "not_found" then return nil end
  return after, err
end

--- The networks of a country: GET /mccmnc/{country}?Page=n [doc]. Returns an iterator over the rows of all pages; the
-- first page is asked for at once, each of the others when it is its turn.
--
--     for network in client:mccmnc("LT") do print(network.mcc, network.mnc) end
--
-- An error of a later page is raised out of the loop. A client of vertexsms.safe.new does not raise: there the
-- iterator gives `false, err` once, and then ends. (Lua 5.1, but not LuaJIT, cannot yield in the iterator of a `for`:
-- in a host that yields it blocks there, unless you call it yourself, `local network = networks()`.)
---@param country string
---@return nil|fun(): vertexsms.Network|false|nil, vertexsms.Error|nil
---@return vertexsms.Error|nil
function M:mccmnc(country)
  argument.check(country, "string", "country")
  local segment, err = paths.segment(country, "country", self.engine)
  if not segment then return nil, err end
  local path, at = "/mccmnc/" .. segment, 0
  local page
  page, err = fetch(self, path, 1)
  if not page then return nil, err end
  return function()
    at = at + 1
    if page and not page.rows[at] and #page.rows > 0 then
      page, err = following(self, path, page)
      at = 1
      if err and self.raises then errors.raise(err) end
      if err then return false, err end
    end
    return page and page.rows[at]
  end
end

return M
