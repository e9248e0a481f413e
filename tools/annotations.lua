-- Writes lua/vertexsms/client.meta.lua to stdout, or with the argument `outbox` lua/vertexsms/outbox.meta.lua;
-- `make annotations` puts them there.
--
-- The methods of a client are written once, returning `nil, err`, as those of vertexsms.SafeClient. vertexsms.new
-- gives the same methods, which raise instead. Editors are told here, so that they have no warning for
-- `client:send(message).id`.

local OUTBOX_HEAD = [[
---@meta
-- For editors. Written by `make annotations` from the methods of vertexsms.SafeOutbox; nothing loads it.
-- Tested in spec/core_meta_spec.lua.

--- What vertexsms.outbox.open makes: its methods raise a vertexsms.Error.
---@class vertexsms.Outbox
local Outbox = {}
]]

local CLIENT_HEAD = [[
---@meta
-- For editors. Written by `make annotations` from the methods of vertexsms.SafeClient; nothing loads it.
-- Tested in spec/core_meta_spec.lua.

--- What vertexsms.new makes: its methods raise a vertexsms.Error. Make one client and keep it.
---@class vertexsms.Client: vertexsms.AnyClient
local Client = {}
]]

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local ERROR = "^%-%-%-@return vertexsms%.Error|nil"

-- The type of a first result without its nil; what an iterator gives has no error either.
local function there(line)
  line = line:gsub("|false|nil, vertexsms%.Error|nil", "|nil"):gsub("^(%-%-%-@return )nil|", "%1")
  return (line:gsub("^(%-%-%-@return %b{}%[%])|nil", "%1"):gsub("^(%-%-%-@return [^ ]+)|nil", "%1"))
end

local function raising(comment)
  local lines, can_fail = {}, false
  for _, line in ipairs(comment) do can_fail = can_fail or line:find(ERROR) ~= nil end
  for _, line in ipairs(comment) do
    local is_result = can_fail and line:find("^%-%-%-@return")
    if not line:find(ERROR) then lines[#lines + 1] = is_result and there(line) or line end
  end
  return table.concat(lines, "\n")
end

local function write_methods(class, source)
  local comment = {}
  for line in source:gmatch("([^\n]*)\n") do
    local method = line:match("^function %u%w*(:[%w_]+%(.-%))$")
    if method then io.write("\n", raising(comment), "\nfunction ", class, method, " end\n") end
    if line:find("^%-%-") then comment[#comment + 1] = line else comment = {} end
  end
end

local is_outbox = arg[1] == "outbox"
io.write(is_outbox and OUTBOX_HEAD or CLIENT_HEAD)
for _, file in ipairs(require(is_outbox and "tools.outbox_methods" or "tools.methods")) do
  write_methods(is_outbox and "Outbox" or "Client", read(file))
end
