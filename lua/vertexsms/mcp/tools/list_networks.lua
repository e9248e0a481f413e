--- list_networks: the mobile networks of a country.
--
-- Tested in spec/mcp/init_spec.lua.

local fields = require("vertexsms.mcp.tools.fields")
local json = require("vertexsms.json")

local M = {
  title = "Networks of a country", description = "Lists the mobile networks of a country: MCC, MNC, operatorId.",
  required = { "country" },
  properties = { country = { type = "string", minLength = 2, maxLength = 2,
    description = "ISO 3166-1 alpha-2, capital letters, such as LT." } },
  output = { networks = { type = "array", items = { type = "object" } }, more = { type = "boolean" } },
}

local ROWS_MAX = 300
-- Each page is a request; the call must stay short.
local SECONDS_MAX = 40

function M.run(call, arguments)
  local client, err = call:client()
  if not client then return nil, err end
  local networks
  networks, err = client:mccmnc(arguments.country)
  if not networks then return nil, err end
  local list = json.array({})
  while #list < ROWS_MAX and call:left(SECONDS_MAX) > 0 and not call.is_cancelled do
    local network
    network, err = networks() -- not by `for`: Lua 5.1 could not wait in there
    if network == false then return nil, err end
    if not network then return { networks = list } end
    list[#list + 1] = fields.pick(network, { "country", "mcc", "mnc", "operatorId" })
  end
  return { networks = list, more = true }
end

return M
