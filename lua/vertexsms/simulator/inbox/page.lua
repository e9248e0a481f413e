--- The page: the files of the folder page/, which lie beside this one wherever it is installed.
--
-- Tested in spec/simulator/inbox/access_spec.lua.

local router = require("vertexsms.simulator.router")

local FOLDER = debug.getinfo(1, "S").source:match("^@(.*)page%.lua$")

local TYPES = {
  html = "text/html; charset=utf-8",
  css = "text/css; charset=utf-8",
  js = "text/javascript; charset=utf-8",
  svg = "image/svg+xml",
}

-- Names as they are in the folder: no slash, no dot in front.
local NAME = "([a-z][a-z0-9_-]*%.([a-z]+))"

local function read(name)
  local file = FOLDER and io.open(("%spage/%s"):format(FOLDER, name), "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

-- Read at each request: a few octets, and a developer of the page only has to load it again.
local function serve(name, kind)
  local content = TYPES[kind] and read(name)
  if not content then return router.refuse(404, ("The page has no file %s."):format(name)) end
  return { status = 200, headers = { ["Content-Type"] = TYPES[kind] }, body = content }
end

local function index()
  return serve("index.html", "html")
end

local function file(request)
  return serve(request.captures[1], request.captures[2])
end

return {
  { pattern = "^/$", methods = { GET = index } },
  { pattern = "^/_simulator/page/" .. NAME .. "$", methods = { GET = file } },
}
