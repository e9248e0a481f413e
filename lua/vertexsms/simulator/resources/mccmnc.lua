--- GET /mccmnc/{country}?Page=n: the networks of a country, a few a page. What surrounds the rows is not documented;
-- here it is nothing, and a page after the last is empty.
--
-- Tested in spec/simulator/tables_spec.lua.

local networks = require("vertexsms.simulator.networks")
local router = require("vertexsms.simulator.router")

-- Few, so that there are pages to turn.
local PAGE_ROWS = 2

local function rows_of(country)
  local rows = {}
  for _, network in ipairs(country.networks) do
    for _, mnc in ipairs(network.mnc) do
      rows[#rows + 1] = { country = country.code, mcc = network.mcc, mnc = mnc, operatorId = network.id }
    end
  end
  return rows
end

local function page_of(request)
  local text = router.parameters(request).Page or "1"
  return text:match("^[1-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?$") and tonumber(text)
end

local function get(request)
  local country = networks.country(request.captures[1])
  if not country then return router.refuse(404, "This country is unknown.") end
  local page = page_of(request)
  if not page then return router.refuse(400, "Invalid value for 'Page'. Pages are numbered from 1.") end
  local rows, from = {}, (page - 1) * PAGE_ROWS
  for i, row in ipairs(rows_of(country)) do
    if i > from and i <= from + PAGE_ROWS then rows[#rows + 1] = row end
  end
  return router.list(rows), { ("page %d, %d rows"):format(page, #rows) }
end

return { { pattern = "^/mccmnc/([^/]+)$", methods = { GET = get } } }
