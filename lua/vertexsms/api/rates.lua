--- GET /rates: what an SMS costs, by country and network.

local address = require("vertexsms.address")
local answer = require("vertexsms.request.answer")
local argument = require("vertexsms.check.argument")
local ascii = require("vertexsms.base.ascii")
local checks = require("vertexsms.check.value")
local costs = require("vertexsms.api.cost")
local errors = require("vertexsms.error")
local json = require("vertexsms.json")
local paths = require("vertexsms.request.path")
local records = require("vertexsms.request.record")
local requests = require("vertexsms.request")
local schema = require("vertexsms.check.table")
local shown = require("vertexsms.base.shown")

---@class vertexsms.SafeClient
local M = {}

--- One price: the fields of VertexSMS's answer.
---@class vertexsms.Rate
---@field CountryName string|nil
---@field CountryCode string|nil ISO 3166-1 alpha-2
---@field Operator string|nil a name, or `All`, `All other carriers`, `Default`
---@field Network string|nil likewise
---@field MCC string|nil
---@field MNC string|nil nil: any
---@field Rate string|nil decimal number in EUR, digit by digit as VertexSMS wrote it

--- A list of vertexsms.Rate, and these.
---@class vertexsms.Rates
---@field [integer] vertexsms.Rate
---@field attempts integer
---@field elapsed number seconds

--- The price of one network: the fields of its row, and these.
---@class vertexsms.RateFor: vertexsms.Rate
---@field match "network"|"all"|"others"|"default"|"cost" what it was found by: its MNC, a row `All`, a row `All other
---  carriers`, a row `Default`; or /sms/cost, for an MSISDN
---@field currency string|nil of /sms/cost; rates are in EUR
---@field ambiguous boolean|nil true: equally precise rows differ, and `Rate` is nil
---@field rows vertexsms.Rate[]|nil these rows
---@field attempts integer
---@field elapsed number seconds

---@class vertexsms.RatesOptions
---@field country string|nil ISO 3166-1 alpha-2
---@field format "json"|"csv"|nil default "json"

---@class vertexsms.RateForOptions
---@field from string|nil sender that is priced; default: the number itself

local FIELDS = {
  { name = "CountryName", type = "text" }, { name = "CountryCode", type = "text" },
  { name = "Operator", type = "text" }, { name = "Network", type = "text" }, { name = "MCC", type = "text" },
  { name = "MNC", type = "text" }, { name = "Rate", type = "decimal" },
}

local OPTIONS = schema.rules({
  { name = "country", type = "string", check = checks.country, example = "LT" },
  { name = "format", type = "string", check = checks.one_of("json", "csv") },
})

-- The form with a country is documented without a format, and for the other base URL.
local function request_for(options)
  local country, format = options.country, options.format
  if not country then return requests.get("/rates/", "format=" .. (format or "json")) end
  local request = requests.get("/rates", paths.query({ CountryISO = country, format = format }))
  request.alternate = true
  return request
end

local IN_CAPITALS = { mcc = "MCC", mnc = "MNC" }

-- The table on VertexSMS's page names these two in lower case, the example below it in capitals [doc].
local function rename(row)
  for name, capitals in pairs(IN_CAPITALS) do
    if row[capitals] == nil then row[capitals], row[name] = row[name], nil end
  end
end

local function read_rows(decoded, response)
  for _, row in ipairs(type(decoded) == "table" and decoded or {}) do
    if type(row) == "table" then rename(row) end
  end
  return records.list(decoded, FIELDS, response.body)
end

-- A page for people, or an error in JSON, is not a table of prices.
local function read_csv(body)
  local text = json.without_mark(body)
  local is_something_else = text:find("^[ \t-\r]*[<{%[]") or ascii.trim(text) == ""
  return not is_something_else and { text = body } or nil
end

local function fetch_csv(client, request)
  local csv, err = requests.ask_text(client, request, "CSV", read_csv)
  return csv and csv.text, err
end

--- The prices: GET /rates/?format=json|csv [doc]; of one country GET /rates?CountryISO=LT [ref], which is asked of
-- `status_base_url`. (A country and a format together are not documented [open].)
---@param options vertexsms.RatesOptions|nil
---@return vertexsms.Rates|string|nil rates a list of rows; with format = "csv" the text as it came
---@return vertexsms.Error|nil
function M:rates(options)
  argument.check_optional(options, "table", "options")
  options = options or {}
  local err = schema.check(options, OPTIONS, "an option of client:rates")
  if err then return nil, errors.without_token(err, self.engine) end
  local request = request_for(options)
  if options.format == "csv" then return fetch_csv(self, request) end
  return requests.ask(self, request, read_rows)
end

-- From the most precise to the least.
local MATCHES = { "network", "all", "others", "default" }
local GENERAL = { ["all"] = 2, ["all other carriers"] = 3, ["default"] = 4 }

-- How precisely a row speaks of a network; nil: not at all. A row of one operator, whatever its networks, does not
-- speak of others.
local function precision(row, mnc)
  if row.MNC and row.MNC ~= "" then return row.MNC == mnc and 1 or nil end
  local operator, network = GENERAL[ascii.lower(row.Operator or row.Network or "")], row.Network
  if not network then return operator end
  network = GENERAL[ascii.lower(network)]
  return operator and network and math.max(operator, network)
end

-- A row without an MCC is one of its country.
local function countries_of(rows, mcc)
  local countries = {}
  for _, row in ipairs(rows) do
    if row.MCC == mcc and row.CountryCode then countries[row.CountryCode] = true end
  end
  return countries
end

local function most_precise(rows, mcc, mnc)
  local countries, best, found = countries_of(rows, mcc), #MATCHES + 1, {}
  for _, row in ipairs(rows) do
    local concerns = row.MCC == mcc or row.MCC == nil and countries[row.CountryCode]
    local level = concerns and precision(row, mnc)
    if level and level < best then best, found = level, {} end
    if level == best then found[#found + 1] = row end
  end
  return found, MATCHES[best]
end

local function one_rate(found, match)
  local result = { match = match, MCC = found[1].MCC, CountryCode = found[1].CountryCode }
  for _, row in ipairs(found) do
    if row.Rate ~= found[1].Rate then
      result.ambiguous, result.rows = true, found
      return result
    end
  end
  for name, value in pairs(found[1]) do result[name] = value end
  return result
end

local function rate_of_network(client, mcc, mnc)
  local rows, err = M.rates(client)
  if not rows then return nil, err end
  local found, match = most_precise(rows, mcc, mnc)
  if #found == 0 then
    return nil, errors.new({
      kind = "not_found", outcome = "rejected", method = "GET", path = "/rates/", attempts = rows.attempts,
      message = ("the price list has no rate for mcc %s%s"):format(mcc, mnc and ", mnc " .. mnc or ""),
    })
  end
  return answer.finish(one_rate(found, match), rows)
end

local function rate_of_number(client, msisdn, from)
  local cost, err = costs.cost(client, { to = msisdn, from = from or msisdn, message = "1" })
  if not cost then return nil, err end
  local mccmnc = cost.mccmnc or ""
  return answer.finish({
    match = "cost", CountryCode = cost.countryISO, Rate = cost.pricePerPart or cost.totalPrice,
    currency = cost.currency, MCC = mccmnc:match("^[0-9][0-9][0-9]"), MNC = mccmnc:match("^[0-9][0-9][0-9]([0-9]+)$"),
  }, cost)
end

local NUMBER_OPTIONS = schema.rules({ { name = "from", type = "string", check = checks.sender } })

local function hide(client, err) return errors.without_token(err, client.engine) end

local function refuse(name, reason, value)
  return errors.invalid_argument(name, ("%s %s, not %s"):format(name, reason, shown.text(value)))
end

local function check_network(mcc, mnc)
  if not mcc:find("^[0-9][0-9][0-9]$") then
    return refuse("mcc", "must be 3 digits, such as 246, or a phone number", mcc)
  end
  if mnc and not mnc:find("^[0-9][0-9]?[0-9]?$") then
    return refuse("mnc", "must be 1 to 3 digits, such as 01", mnc)
  end
end

--- The price of one network, or of the network of a number.
--
-- `client:rate_for(mcc, mnc)` looks it up in GET /rates/ [doc]: the row with this MNC, else the row `All` of that MCC,
-- else `All other carriers`, else `Default`; without an MNC the last three. MNCs are compared as they are written,
-- `"21"` is not `"021"`. The error's kind is `not_found` when there is no row.
--
-- `client:rate_for(msisdn)` asks POST /sms/cost [ref]: no table of rates says which network a number belongs to. The
-- sender priced is the number itself; another one is `{ from = "MyShop" }`.
---@param mcc string MCC (3 digits), or MSISDN
---@param mnc string|vertexsms.RateForOptions|nil MNC; with an MSISDN, options
---@return vertexsms.RateFor|nil
---@return vertexsms.Error|nil
function M:rate_for(mcc, mnc)
  argument.check(mcc, "string", "mcc")
  if type(mnc) ~= "table" then argument.check_optional(mnc, "string", "mnc") end
  local msisdn = address.msisdn(mcc)
  if not msisdn or type(mnc) == "string" then
    if type(mnc) == "table" then return nil, hide(self, refuse("msisdn", checks.msisdn(mcc), mcc)) end
    local err = check_network(mcc, mnc)
    if err then return nil, hide(self, err) end
    return rate_of_network(self, mcc, mnc)
  end
  local err = schema.check(mnc or {}, NUMBER_OPTIONS, "an option of client:rate_for")
  if err then return nil, hide(self, err) end
  return rate_of_number(self, msisdn, mnc and mnc.from)
end

return M
