--- Which way of waiting fits the program that runs us.

local M = {}

--- How one host waits for a request: the only place that knows its event loop.
---@class vertexsms.Host
---@field available fun(): boolean is this the host we run in?
---@field perform fun(engine: userdata, request: table): table|nil, table|nil the response, or nil and the refusal
---@field sleep fun(seconds: number)
---@field report fun(message: string) for what cannot be raised: an error inside a hook

--- In the order in which they are tried; the last is always available.
M.names = { "blocking" }

M.known = {}
for _, name in ipairs(M.names) do M.known[name] = true end

local function load(name)
  return require("vertexsms.host." .. name)
end

--- The named host, or the first that is available.
---@param name string|nil
---@return vertexsms.Host
function M.pick(name)
  if name then return load(name) end
  for _, candidate in ipairs(M.names) do
    local host = load(candidate)
    if host.available() then return host end
  end
end

return M
