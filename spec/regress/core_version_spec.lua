-- After an upgrade `nginx -s reload` read the new Lua files, but kept the core that its master had loaded in
-- init_by_lua: dlopen knows a library by its path, and a file that was replaced there is not looked at. The Lua files
-- then called functions that this core did not have, or had otherwise.

local core = require("vertexsms.core")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local socket = require("socket")

-- Of the same length, so that it can be written into a library that is there.
local OTHER = core.version:gsub("[0-9]$", function(digit) return digit == "9" and "8" or "9" end)

local function plain(text) return (text:gsub("%.", "%%.")) end

local REFUSED = ("the Lua files are of version %s, but the core that is loaded is of version %s%%. Restart the"):format(
  plain(OTHER), plain(core.version))

local function write(path, text)
  os.remove(path) -- another file, as after an upgrade
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function replace(from, to, pattern, replacement)
  local text, count = process.read_file(from):gsub(pattern, replacement)
  assert(count > 0, from)
  write(to, text)
end

local function install(folder)
  os.execute(("mkdir -p %s && cp -r lua/vertexsms %s/ && chmod -R a+rX %s"):format(folder, folder, folder))
  write(folder .. "/vertexsms/core.so", process.read_file("build/luajit/vertexsms/core.so"))
end

local function upgrade_lua(folder)
  replace("lua/vertexsms/base/core.lua", folder .. "/vertexsms/base/core.lua", 'VERSION = "[0-9.]+"',
    ('VERSION = "%s"'):format(OTHER))
end

local function upgrade_core(folder)
  replace("build/luajit/vertexsms/core.so", folder .. "/vertexsms/core.so", plain(core.version), OTHER)
end

local function await(holds)
  local deadline = socket.gettime() + 20
  while not holds() and socket.gettime() < deadline do socket.select(nil, nil, 0.02) end
  return holds()
end

describe("a core of another version", function()
  local folder

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    install(folder)
  end)
  after_each(function() os.execute("rm -r " .. folder) end)

  it("is refused by every module that is required, in words that say what to do", function()
    upgrade_lua(folder)
    for _, name in ipairs({ "", ".text", ".callback", ".tracking", ".json", ".address" }) do
      local script = ("package.path = %q .. package.path require %q"):format(
        folder .. "/?.lua;" .. folder .. "/?/init.lua;", "vertexsms" .. name)
      local code, _, errors = process.run({ process.lua(), "-e", script })
      assert.equal(1, code)
      assert.matches(REFUSED, errors)
    end
  end)

  it("is what nginx keeps at a reload; the old workers go on until it is restarted", function()
    if not rawget(_G, "jit") then return end
    local options = {
      http = ([[init_by_lua_block {
        package.path, package.cpath = "%s/?.lua;%s/?/init.lua;" .. package.path, "%s/?.so;" .. package.cpath
        version = require("vertexsms").version
      }]]):format(folder, folder, folder),
      server = "location /version { content_by_lua_block { ngx.print(version) } }",
    }
    local nginx = nginxes.start(options)
    upgrade_core(folder)
    upgrade_lua(folder)
    assert.is_true(nginx:signal("reload"))
    assert.is_true(await(function() return nginx:log():find(REFUSED) ~= nil end), nginx:log())
    assert.equal(core.version, select(2, nginx:get("/version")))
    assert.is_true(nginx:stop("quit"))
    nginx = nginxes.start(options)
    assert.equal(OTHER, select(2, nginx:get("/version")))
    assert.is_true(nginx:stop("quit"))
  end)
end)
