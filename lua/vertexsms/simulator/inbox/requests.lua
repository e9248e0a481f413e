--- `/_simulator/requests`: what came in, refused ones too, newest first.

local ascii = require("vertexsms.base.ascii")
local json = require("vertexsms.simulator.inbox.json")
local router = require("vertexsms.simulator.router")
local view = require("vertexsms.simulator.inbox.view")

local LIMIT, LIMIT_MAX = 100, 10000

local function limit_of(request)
  local text = request.parameters.limit
  if not text then return LIMIT end
  local limit = text:match("^[0-9]+$") and tonumber(text)
  return limit and limit <= LIMIT_MAX and limit or nil
end

-- `refused=1`: those that were not answered 2xx.
local function is_wanted(entry, parameters)
  if parameters.path and entry.path ~= parameters.path then return false end
  return parameters.refused ~= "1" or not entry.status or entry.status >= 300
end

local KNOWN = { limit = true, refused = true, path = true }

local function unknown_in(parameters)
  for name in pairs(parameters) do
    if not KNOWN[name] then return name end
  end
end

local function get(request, simulator)
  local unknown = unknown_in(request.parameters)
  if unknown then
    return router.refuse(400, ("There is no parameter %s: known are limit, refused and path.")
      :format(ascii.without_controls(unknown, "?")))
  end
  local limit = limit_of(request)
  if not limit then
    return router.refuse(400, ("Invalid value for 'limit'. It must be a number from 0 to %d."):format(LIMIT_MAX))
  end
  local rows = {}
  for entry in simulator.journal:newest() do
    if #rows >= limit then break end
    if is_wanted(entry, request.parameters) then rows[#rows + 1] = view.request(entry, simulator) end
  end
  return json.response { requests = json.list(rows) }
end

return { { pattern = "^/_simulator/requests$", methods = { GET = get } } }
