-- The code of the README and of docs/ as it stands, against the simulator: every snippet of Lua and nginx, every
-- command.
--
-- What a snippet prints stands in it, after `-->`.

local fault_servers = require("spec.support.faults")
local markdown = require("spec.support.markdown")
local neovim = require("spec.support.neovim")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local ENV = { VERTEXSMS_TOKEN = "token-of-the-readme", CALLBACK_SECRET = "secret-of-the-readme" }

local PAGES = { "README.md", "examples/README.md" }
for path in io.popen("ls docs/*.md"):lines() do PAGES[#PAGES + 1] = path end

local SNIPPETS = {}
for _, page in ipairs(PAGES) do
  for _, snippet in ipairs(markdown.snippets(page)) do SNIPPETS[#SNIPPETS + 1] = snippet end
end

local function key_of(snippet)
  return snippet.file .. ": " .. snippet.heading
end

-- What the text around the snippets takes for granted.
local PRELUDE = [[
local vertexsms, callback = require "vertexsms", require "vertexsms.callback"
local client = vertexsms.new { retry = false }
local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
local secret = "secret of the readme"
]]

-- Turns until something was printed.
local FRAMES = [[
local is_done, print_before = false, print
function print(...) print_before(...) is_done = true end
while not is_done do on_frame() client.host.sleep(0.001, client.engine) end]]

-- As much of opentelemetry-lua as the snippet calls.
local OPENTELEMETRY = [[
local function preload(name, module) package.preload["opentelemetry." .. name] = function() return module end end
local function attribute(key, value) return { key = key, value = assert(value) } end
preload("attribute", { string = attribute, int = attribute })
preload("trace.span_kind", { client = 3 })
preload("trace.span_status", { ERROR = 2 })
local span, context = {}, {}
function span.set_attributes(_, ...) span.count = (span.count or 0) + select("#", ...) end
function span.set_status(_, code) span.code = assert(code) end
function span.finish() span.is_finished = true end
local tracer = { start = function(_, parent, name, config)
  assert(parent == context and name == "vertexsms send" and config.kind == 3)
  return {}, span
end }
]]

local OPENTELEMETRY_ERRORS = [[
assert(span.count == 2 and span.is_finished and not span.code)
local _, err = traced(tracer, context, "send", { to = "37069912345", from = "not a sender!", message = "Hi" })
assert(err.kind == "invalid_argument" and span.code == 2 and span.count == 5)]]

-- A port of this machine's, and a report that comes there.
local ON_LUA_HTTP = [[
local http_server = require "http.server"
local listen = http_server.listen
local function report(server)
  local request = require("http.request").new_from_uri("http://127.0.0.1:" .. select(3, server:localname()) .. "/")
  request.headers:upsert(":method", "POST")
  request:set_body('{"id":"1281532560","status":1}')
  assert(request:go(5):get(":status") == "200")
  server:close()
end
function http_server.listen(options)
  options.host, options.port = "127.0.0.1", 0
  local server = listen(options)
  server.cq:wrap(report, server)
  return server
end
]]

-- By page and heading: Lua before and after a snippet.
local BEFORE = {
  ["docs/metrics.md: A span for each call"] = OPENTELEMETRY,
  ["docs/cqueues.md: A lua-http server"] = ON_LUA_HTTP,
}
local AFTER = {
  ["README.md: Game loops, Luanti"] = FRAMES,
  ["docs/game-loops.md: Game loops (tick), Luanti"] = FRAMES,
  ["docs/metrics.md: A span for each call"] = OPENTELEMETRY_ERRORS,
}

-- By page and heading: requests to a configuration of nginx, and what must come back.
local REQUESTS = {
  ["README.md: nginx / OpenResty"] = { { "/otp", nil, 200, "^[0-9]+\n$" } },
  ["docs/nginx.md: The first SMS"] = { { "/otp", nil, 200, "^[0-9]+\n$" } },
  ["docs/callbacks.md: In nginx"] = { { "/vertexsms", "{}", 403, "^Forbidden$" } },
  ["docs/metrics.md: Prometheus in nginx"] = {
    { "/otp", nil, 200, "^sent\n$" },
    { "/otp", nil, 200, "^sent\n$" },
    { "/metrics", nil, 200, '\n# TYPE vertexsms_attempts_total counter\nvertexsms_attempts_total{method="POST",'
      .. 'resource="/sms",kind="ok"} 2\n# TYPE vertexsms_parts_total counter\nvertexsms_parts_total 2\n'
      .. '# TYPE vertexsms_sends_total counter\nvertexsms_sends_total{outcome="accepted"} 2\n$' },
  },
}

-- Commands that other specs run, or that only a bare machine can.
local ELSEWHERE = {
  ["make demo"] = "continuous integration",
  ["make test"] = "continuous integration",
  ["make install LUA=lua5.4 PREFIX=/usr/local"] = "spec/makefile_spec.lua",
  ["make install LUA=luajit"] = "spec/makefile_spec.lua",
  ["luarocks make rockspec/vertexsms-scm-1.rockspec"] = "the package itself",
  ["luarocks --lua-version 5.1 make rockspec/vertexsms-scm-1.rockspec"] = "the package itself",
}

local function is_elsewhere(line)
  local command = line:gsub(" *#.*$", "")
  return ELSEWHERE[command] ~= nil or command:find("^apt%-get install ") ~= nil
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("([^\n]+)") do lines[#lines + 1] = line end
  return lines
end

local function check_output(snippet, output)
  local patterns, lines = markdown.promised(snippet.code), lines_of(output)
  assert.equal(#patterns, #lines, output)
  for i, pattern in ipairs(patterns) do assert.matches(pattern, lines[i]) end
end

-- lua-http is packaged for LuaJIT.
local function can_run(snippet)
  return process.lua() == "luajit" or not snippet.code:find('require "http.', 1, true)
end

local function is_neovim(snippet)
  return snippet.file == "docs/neovim.md" or snippet.heading == "Neovim"
end

describe("the documentation", function()
  local faults, simulator, folder

  setup(function()
    faults, simulator = fault_servers.start(), simulators.start()
    ENV.VERTEXSMS_BASE_URL = simulator.url
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 777 " .. folder)
  end)
  teardown(function()
    faults:stop()
    simulator:stop()
    nginxes.stop_all()
    os.execute("rm -rf " .. folder)
  end)

  -- Nothing may leave this machine: the simulator's URL stands for the reader's servers, and takes none of it.
  local function here(code)
    return (code:gsub("/var/lib/shop", folder):gsub("https://[a-z.]*example%.com", simulator.url))
  end

  local function run(snippet, env)
    local key = key_of(snippet)
    local code = table.concat({ PRELUDE, BEFORE[key] or "", here(snippet.code), AFTER[key] or "" }, "\n")
    local _, output, errors = process.run({ process.lua(), "-e", code }, { env = env or ENV })
    assert.equal("", errors)
    return output
  end

  for _, snippet in ipairs(SNIPPETS) do
    if snippet.language == "lua" and can_run(snippet) and not is_neovim(snippet) then
      it("runs the Lua of " .. snippet.name, function()
        check_output(snippet, run(snippet))
      end)
    end
  end

  it("tells the outcomes apart", function()
    local snippet
    for _, each in ipairs(SNIPPETS) do
      if key_of(each) == "docs/errors.md: Outcomes" then snippet = each end
    end
    for url, word in pairs({
      [faults:url("status", "/400")] = "failed", [faults:url("refused")] = "later",
      [faults:url("status", "/500")] = "unknown",
    }) do
      local env = { VERTEXSMS_TOKEN = ENV.VERTEXSMS_TOKEN, VERTEXSMS_BASE_URL = url }
      assert.matches("^" .. word, run(snippet, env))
    end
  end)

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end

  -- A line of its own, as a shell in the folder runs it; the servers among them are there already.
  local function run_command(line)
    local script = ('export ROOT="$PWD" && cd %s && PATH="$PWD:$PATH" && %s'):format(folder, line)
    local exit_code, output, errors = process.run({ "sh", "-c", script }, { env = ENV })
    -- The simulator prints the PIN, and it is another one each time.
    local is_refused = line:find(" sender confirm ", 1, true) and errors:find("PIN", 1, true)
    assert.equal(is_refused and 1 or 0, exit_code, line .. "\n" .. output .. errors)
  end

  local function is_setup(line)
    return line:find("&$") or line:find("^export ") or line:find("^#")
  end

  local count = 0
  for _, snippet in ipairs(SNIPPETS) do
    if snippet.language == "sh" then
      it("runs the commands of " .. snippet.name, function()
        write("vertexsms", ('#!/bin/sh\nexec %s "$ROOT/bin/vertexsms" "$@"\n'):format(process.lua()))
        os.execute("chmod +x " .. folder .. "/vertexsms")
        write("numbers.txt", "37069912345\n37069912346\n")
        write("text.txt", "We open at 9\n")
        write("texts.txt", "It’s ready\nIt is ready\n")
        for _, line in ipairs(lines_of(here(snippet.code))) do
          if line:find("^vertexsms ") and not line:find("&$") or line:find("^for ") then
            run_command(line)
            count = count + 1
          else
            assert.is_truthy(is_setup(line) or is_elsewhere(line), "a command that is not run: " .. line)
          end
        end
      end)
    end
  end

  it("has code in languages that are run", function()
    local known = { lua = true, sh = true, nginx = true, text = true }
    for _, snippet in ipairs(SNIPPETS) do assert.is_true(known[snippet.language], snippet.name) end
    assert.is_true(#SNIPPETS > 35)
    assert.is_true(count > 15)
  end)

  it("links to what is there", function()
    for _, page in ipairs(PAGES) do
      for target in markdown.links(page) do
        if not target:find("^https:") then
          local path, name = target:match("^([^#]*)#?(.*)$")
          local file = path == "" and page or page:match("^(.*/)[^/]*$") and page:match("^(.*/)[^/]*$") .. path or path
          assert(io.open(file), page .. ": " .. target):close()
          assert.is_true(name == "" or markdown.anchors(file)[name] or false, page .. ": " .. target)
        end
      end
    end
  end)

  it("is in the index, every page of it", function()
    local index = process.read_file("docs/README.md")
    for _, page in ipairs(PAGES) do
      local name = page:match("^docs/(.*)$")
      assert.is_truthy(not name or name == "README.md" or index:find("](" .. name .. ")", 1, true), page)
    end
  end)

  -- LuaJIT is Neovim's Lua, and nginx's.
  if process.lua() ~= "luajit" then return end

  it("runs the Lua of Neovim", function()
    local codes, all = { ["README.md"] = {}, ["docs/neovim.md"] = {} }, {}
    for _, snippet in ipairs(SNIPPETS) do
      if snippet.language == "lua" and is_neovim(snippet) then table.insert(codes[snippet.file], snippet.code) end
    end
    for file, list in pairs(codes) do
      local code = table.concat(list, "\n")
      local expected = #markdown.promised(code)
      assert.is_true(expected > 0, file)
      local _, output, errors = neovim.run(([[
        local count = 0
        vim.notify = function(id) say(id) count = count + 1 end
        %s %s
        vim.wait(10000, function() return count == %d end, 10)
        leave()]]):format(PRELUDE, code, expected), { env = ENV })
      assert.equal("", errors)
      check_output({ code = code }, output)
      all[#all + 1] = file
    end
    assert.equal(2, #all)
  end)

  local MODULES = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
pid nginx.pid;
error_log error.log;
env VERTEXSMS_BASE_URL;
events { }
]]

  for _, snippet in ipairs(SNIPPETS) do
    if snippet.language == "nginx" then
      it("runs the configuration of nginx of " .. snippet.name, function()
        local requests = assert(REQUESTS[key_of(snippet)], "a configuration that is not tried")
        write("nginx.conf", MODULES .. snippet.code:gsub("server {", "server {\n    listen 127.0.0.1:8027;"))
        local nginx = nginxes.start_file(folder .. "/nginx.conf", 8027, ENV)
        for _, request in ipairs(requests) do
          local status, body = nginx:get(request[1], request[2])
          assert.equal(request[3], status, body)
          if not request[4]:find("\n#") then assert.matches(request[4], body)
          else assert.is_truthy(("\n" .. body):find(request[4]:gsub("%$$", ""), 1, true), body) end
        end
        assert.is_true(nginx:stop("quit"))
      end)
    end
  end
end)
