-- The README's code as it stands: every snippet of Lua and nginx, every command, against the simulator.

local ascii = require("vertexsms.base.ascii")
local neovim = require("spec.support.neovim")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local ENV = { VERTEXSMS_TOKEN = "token-of-the-readme" }

-- What is between the fences, by the heading above: { heading = { { language, code } } }.
local function read_blocks()
  local blocks, heading, language, lines = {}, nil, nil, nil
  for line in process.read_file("README.md"):gmatch("([^\n]*)\n") do
    local fence = line:match("^```(%l*)$")
    if fence and language then
      table.insert(blocks[heading], { language, table.concat(lines, "\n") })
      language = nil
    elseif fence then
      language, lines = fence, {}
    elseif language then
      lines[#lines + 1] = line
    elseif line:find("^#") then
      heading = line:match("^#+ (.*)$")
      blocks[heading] = {}
    end
  end
  return blocks
end

local BLOCKS = read_blocks()

local function block(heading, language)
  for _, each in ipairs(BLOCKS[heading]) do
    if each[1] == language then return each[2] end
  end
end

local PRELUDE = [[
local vertexsms, callback = require "vertexsms", require "vertexsms.callback"
local client = vertexsms.new { retry = false }
local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
local secret = "secret of the readme"
]]

-- A port of this machine's, and a report that comes there.
local ON_LUA_HTTP = [[
local handler = callback.handler { allow_loopback = true, on_report = function() end }
local http_server = require "http.server"
local listen = http_server.listen
local function report(server)
  local request = require("http.request").new_from_uri("http://127.0.0.1:" .. select(3, server:localname()) .. "/")
  request.headers:upsert(":method", "POST")
  request:set_body('{"id":"1","status":1}')
  print((request:go(5):get(":status")))
  server:close()
end
function http_server.listen(options)
  options.host, options.port = "127.0.0.1", 0
  local server = listen(options)
  server.cq:wrap(report, server)
  return server
end
]]

-- By heading: what is printed, and what comes after the snippet.
local SNIPPETS = {
  ["vertexsms"] = { "^%d+\t1\n$" },
  ["Text"] = { "^UCS%-2\t1\t60\t’\nIt's ready\n2\t2\n$" },
  ["Errors"] = { "^$" },
  ["Repeating"] = { "^$" },
  ["Hosts"] = { "^%d+\n%d+\n$" },
  ["libuv (luv)"] = { "^%d+\n$" },
  ["cqueues, and beside lua-http"] = { "^%d+\n$" },
  ["Game loops (tick), Luanti"] = { "^%d+\n$", [[
    local is_done, tostring_before = false, tostring
    function print(text) io.write(tostring_before(text), "\n") is_done = true end
    while not is_done do on_frame() client.host.sleep(0.001, client.engine) end]] },
  ["Callbacks"] = { "^403\n$", 'print((handler("POST", {}, "{}", "127.0.0.1", "/")))',
    errors = "vertexsms: callback answered 403 to 127.0.0.1: not an address of VertexSMS\n" },
  ["Callbacks on a lua-http server"] = { "^200\n$", luajit = true, before = ON_LUA_HTTP },
  ["Unknown sends resolve themselves"] = { "^%d+\n$", "print(client:send(message).id)" },
}

-- lua-http is packaged for LuaJIT.
local function can_run(heading)
  return process.lua() == "luajit" or not (SNIPPETS[heading] or {}).luajit
end

describe("the README", function()
  local simulator, folder

  setup(function()
    simulator = simulators.start()
    ENV.VERTEXSMS_BASE_URL = simulator.url
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 777 " .. folder)
  end)
  teardown(function()
    simulator:stop()
    nginxes.stop_all()
    os.execute("rm -rf " .. folder)
  end)

  -- Nothing may leave this machine: what stands for somebody's server is the simulator's, which takes none of it.
  local function here(code)
    return (code:gsub("/var/lib/shop", folder):gsub("https://[%w.]*example%.com", simulator.url))
  end

  for heading, blocks in pairs(BLOCKS) do
    for _, each in ipairs(blocks) do
      if each[1] == "lua" and heading ~= "Neovim" and can_run(heading) then
        it("runs the Lua of " .. heading, function()
          local expected = assert(SNIPPETS[heading], "a snippet that is not run")
          local code = PRELUDE .. (expected.before or "") .. here(each[2]) .. "\n" .. (expected[2] or "")
          local _, output, errors = process.run({ process.lua(), "-e", code }, { env = ENV })
          assert.equal(expected.errors or "", errors)
          assert.matches(expected[1], output)
        end)
      end
    end
  end

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end

  -- Each line of its own, as a shell in the folder runs it; the servers among them are there already.
  local function run_commands(code)
    local count = 0
    for line in here(code):gmatch("[^\n]+") do
      if line:find("^vertexsms ") and not line:find("&$") then
        local script = ('export ROOT="$PWD" && cd %s && PATH="$PWD:$PATH" && %s'):format(folder, line)
        local exit_code, output, errors = process.run({ "sh", "-c", script }, { env = ENV })
        local is_refused = line:find("confirm", 1, true) and errors:find("not the PIN", 1, true)
        assert.equal(is_refused and 1 or 0, exit_code, line .. "\n" .. output .. errors)
        count = count + 1
      end
    end
    return count
  end

  it("runs its commands", function()
    write("vertexsms", ('#!/bin/sh\nexec %s "$ROOT/bin/vertexsms" "$@"\n'):format(process.lua()))
    os.execute("chmod +x " .. folder .. "/vertexsms")
    write("numbers.txt", "37069912345\n37069912346\n")
    write("text.txt", "We open at 9\n")
    write("texts.txt", "It’s ready\nIt is ready\n")
    assert.is_true(run_commands(block("Command line", "sh")) > 10)
    assert.equal(2, run_commands(block("The simulator", "sh")))
  end)

  it("links to what is there", function()
    local anchors = {}
    for heading in pairs(BLOCKS) do
      anchors["#" .. ascii.lower(heading):gsub("[^a-z0-9 -]", ""):gsub(" ", "-")] = true
    end
    for target in process.read_file("README.md"):gmatch("%]%(([^)]+)%)") do
      local file = not target:find("^https:") and not anchors[target] and assert(io.open(target), target)
      if file then file:close() end
    end
  end)

  -- LuaJIT is Neovim's Lua, and nginx's.
  if process.lua() ~= "luajit" then return end

  it("runs the Lua of Neovim", function()
    local code = ([[
      local ids = {}
      vim.notify = function(id) ids[#ids + 1] = id end
      %s %s
      vim.wait(10000, function() return #ids == 2 end, 10)
      say(unpack(ids))
      leave()]]):format(PRELUDE, block("Neovim", "lua"))
    local _, output, errors = neovim.run(code, { env = ENV })
    assert.equal("", errors)
    assert.matches("^%d+\t%d+\n$", output)
  end)

  it("runs the configuration of nginx", function()
    write("nginx.conf", [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
pid nginx.pid;
error_log error.log;
env VERTEXSMS_BASE_URL;
events { }
]] .. block("nginx / OpenResty", "nginx"):gsub("server {", "server {\n    listen 127.0.0.1:8027;"))
    local nginx = nginxes.start_file(folder .. "/nginx.conf", 8027, ENV)
    assert.matches("^%d+\n$", select(2, nginx:get("/otp")))
    assert.is_true(nginx:stop("quit"))
  end)

  it("runs the configuration of nginx for callbacks", function()
    local http, location = block("Callbacks", "nginx"):match("^(lua_shared_dict[^\n]*)\n(.*)$")
    local nginx = nginxes.start({
      http = ("%s\ninit_by_lua_block { %s }"):format(http, block("Callbacks", "lua")), server = location,
    })
    assert.equal(403, (nginx:get("/vertexsms", "{}")))
    assert.is_true(nginx:stop("quit"))
  end)
end)
