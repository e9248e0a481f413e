--- GET /rates: prices by country and network, as JSON or CSV.
--
-- Tested in spec/simulator/tables_spec.lua.

local cjson = require("cjson")
local networks = require("vertexsms.simulator.networks")
local router = require("vertexsms.simulator.router")

local COLUMNS = { "CountryName", "CountryCode", "Operator", "Network", "MCC", "MNC", "Rate" }

local function row(country, name, mnc, rate)
  return {
    CountryName = country.name, CountryCode = country.code, Operator = name, Network = name, MCC = country.mcc,
    MNC = mnc or cjson.null, Rate = rate,
  }
end

local function rows_of(country)
  local rows = {}
  for _, network in ipairs(country.networks) do
    for _, mnc in ipairs(network.mnc) do rows[#rows + 1] = row(country, network.name, mnc, network.rate) end
  end
  if country.others then rows[#rows + 1] = row(country, country.others[1], nil, country.others[2]) end
  return rows
end

-- RFC 4180, with a header line.
local function csv(rows)
  local lines = { table.concat(COLUMNS, ",") }
  for _, each in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(COLUMNS) do
      local text = each[column] == cjson.null and "" or each[column]
      cells[i] = text:find('[,"\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
    end
    lines[#lines + 1] = table.concat(cells, ",")
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

local function select_rows(code)
  local rows = {}
  for _, country in ipairs(networks.countries) do
    if not code or country.code == code then
      for _, each in ipairs(rows_of(country)) do rows[#rows + 1] = each end
    end
  end
  return rows
end

local function get(request)
  local query = router.parameters(request)
  local format, code = query.format or "json", query.CountryISO
  if format ~= "json" and format ~= "csv" then
    return router.refuse(400, "Invalid value for 'format'. It must be 'json' or 'csv'.")
  end
  if code and not code:match("^[A-Z][A-Z]$") then
    return router.refuse(400, "Invalid value for 'CountryISO'. It must be an ISO 3166-1 alpha-2 country code.")
  end
  local rows = select_rows(code)
  local lines = { ("%d rows"):format(#rows) }
  if format == "csv" then
    return { status = 200, headers = { ["Content-Type"] = "text/csv" }, body = csv(rows) }, lines
  end
  return router.list(rows), lines
end

return { { pattern = "^/rates/?$", methods = { GET = get } } }
