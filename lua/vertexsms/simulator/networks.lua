--- Countries and networks: every country has a price, and a few have networks, enough to try every endpoint. Country
-- and network codes are those of ITU-T E.164 and E.212; operator IDs, prices and which number belongs to which network
-- are made up.
--
-- Tested in spec/simulator/tables_spec.lua.

local ascii = require("vertexsms.base.ascii")
local countries = require("vertexsms.simulator.countries")

local M = {}

-- Of a prefix: the calling code and what follows it where countries share one.
local PREFIX_MAX = 7

---@class vertexsms.simulator.Network
---@field id integer
---@field name string
---@field country string
---@field mcc string
---@field mnc string[]
---@field rate string EUR

---@class vertexsms.simulator.Country
---@field code string ISO 3166-1 alpha-2
---@field name string
---@field prefix string the calling code
---@field prefixes string[] what its numbers begin with
---@field mcc string
---@field others table|nil { name, rate }: the row of the rates that stands for every other network
---@field networks vertexsms.simulator.Network[]

local function network(id, name, mnc, rate)
  return { id = id, name = name, mnc = mnc, rate = rate }
end

---@type vertexsms.simulator.Country[]
local WITH_NETWORKS = {
  -- As in VertexSMS's own example of a rate.
  { code = "AB", name = "Abkhazia", prefix = "7940", mcc = "289", others = { "Default", "0.039" }, networks = {} },
  { code = "EE", name = "Estonia", prefix = "372", mcc = "248", others = { "All", "0.061" }, networks = {
    network(201, "Telia", { "01" }, "0.061"),
    network(202, "Elisa", { "02" }, "0.061"),
    network(203, "Tele2", { "03" }, "0.061"),
  } },
  -- No network reaches it: here for the error.
  { code = "KP", name = "North Korea", prefix = "850", mcc = "467", networks = {} },
  { code = "LT", name = "Lithuania", prefix = "370", mcc = "246", others = { "All other carriers", "0.045" },
    networks = {
      network(101, "Telia", { "01" }, "0.035"),
      network(103, "Tele2", { "03" }, "0.0375"),
      network(102, "BITE", { "02", "021" }, "0.035"),
    } },
  { code = "LV", name = "Latvia", prefix = "371", mcc = "247", others = { "Default", "0.052" }, networks = {
    network(301, "LMT", { "01" }, "0.048"),
    network(302, "Tele2", { "02" }, "0.05"),
    network(303, "Bite", { "05" }, "0.048"),
  } },
  { code = "US", name = "United States", prefix = "1", mcc = "310", others = { "Default", "0.012" }, networks = {
    network(401, "T-Mobile", { "260" }, "0.009"),
    network(402, "AT&T", { "410" }, "0.01"),
  } },
}

M.countries = countries.list()
for _, country in ipairs(WITH_NETWORKS) do
  country.prefixes = { country.prefix }
  M.countries[#M.countries + 1] = country
end
table.sort(M.countries, function(a, b) return ascii.is_less(a.code, b.code) end)

local by_code, by_id, by_prefix = {}, {}, {}
for _, country in ipairs(M.countries) do
  by_code[country.code] = country
  for _, prefix in ipairs(country.prefixes) do by_prefix[prefix] = country end
  for _, each in ipairs(country.networks) do
    each.country, each.mcc = country.code, country.mcc
    by_id[each.id] = each
  end
end

---@param code string ISO 3166-1 alpha-2, upper case
---@return vertexsms.simulator.Country|nil
function M.country(code)
  return by_code[code]
end

---@param id integer
---@return vertexsms.simulator.Network|nil
function M.operator(id)
  return by_id[id]
end

--- The country of a number.
---@param msisdn string
---@return vertexsms.simulator.Country|nil
function M.country_of(msisdn)
  for length = PREFIX_MAX, 1, -1 do
    local country = by_prefix[msisdn:sub(1, length)]
    if country then return country end
  end
end

--- The network of a number, or nil where the country's are not known: its last digit decides.
---@param msisdn string
---@return vertexsms.simulator.Network|nil
function M.network_of(msisdn)
  local country = M.country_of(msisdn)
  if not country or #country.networks == 0 then return nil end
  return country.networks[tonumber(msisdn:sub(-1)) % #country.networks + 1]
end

--- A number in international form: `6xxxxxxx` becomes `3706xxxxxxx` for LT.
---@param number string digits
---@param code string ISO 3166-1 alpha-2, upper case
---@return string
function M.correct(number, code)
  local country = by_code[code]
  if not country then return number end
  local prefix = country.prefix
  if number:sub(1, #prefix) == prefix and #number - #prefix >= 7 then return number end
  return prefix .. number:gsub("^0+", "")
end

return M
