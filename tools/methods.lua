-- The files with the methods of a client, in the order of the list of resources: for the tools that document them.

local file = assert(io.open("lua/vertexsms/api/init.lua", "rb"))
local source = file:read("*a")
file:close()

local files = {}
for name in source:gmatch('\n  { "([%w_]+)",') do files[#files + 1] = "lua/vertexsms/api/" .. name .. ".lua" end
assert(#files > 0, "the list in lua/vertexsms/api/init.lua is no longer one resource a line")
files[#files + 1] = "lua/vertexsms/request/together.lua"
files[#files + 1] = "lua/vertexsms/client.lua"

return files
