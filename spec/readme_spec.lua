-- The code of the README and of docs/ as it stands, against the simulator: every snippet of Lua and nginx, every
-- command.
--
-- What a snippet prints stands in it, after `-->`.

local fault_servers = require("spec.support.faults")
local markdown = require("spec.support.markdown")
local neovim = require("spec.support.neovim")
local nginxes = require("spec.support.nginx")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local ENV = {
  VERTEXSMS_TOKEN = "token-of-the-readme", CALLBACK_SECRET = "secret-of-the-readme", VERTEXSMS_OUTBOX = "campaign.db",
}

local PAGES = { "README.md", "examples/README.md" }
for path in io.popen("ls docs/*.md"):lines() do PAGES[#PAGES + 1] = path end

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
  ["README.md: nginx / OpenResty"] = { { "/otp", nil, 200, "^\n[0-9]+\n$" } },
  ["docs/nginx.md: The first SMS"] = { { "/otp", nil, 200, "^\n[0-9]+\n$" } },
  ["docs/guards.md: A login code in nginx"] = {
    { "/otp", "to=37069912345", 200, "A code is on its way" },
    { "/otp", "to=37069912345", 429, "429" },
    { "/otp", "to=18765551234", 403, "403" },
    { "/otp", "to=nobody", 400, "400" },
  },
  ["docs/callbacks.md: In nginx"] = { { "/vertexsms", "{}", 403, "^\nForbidden$" } },
  ["docs/metrics.md: Prometheus in nginx"] = {
    { "/otp", nil, 200, "^\nsent\n$" },
    { "/otp", nil, 200, "^\nsent\n$" },
    { "/metrics", nil, 200, [[

# TYPE vertexsms_attempts_total counter
vertexsms_attempts_total{method="POST",resource="/sms",kind="ok"} 2
# TYPE vertexsms_parts_total counter
vertexsms_parts_total 2
# TYPE vertexsms_sends_total counter
vertexsms_sends_total{outcome="accepted"} 2
]], plain = true },
  },
}

-- Commands that other specs run, or that only a bare machine can.
local ELSEWHERE = {
  ["make demo"] = "continuous integration",
  ["make test"] = "continuous integration",
  ["make install LUA=lua5.4 PREFIX=/usr/local"] = "spec/makefile_spec.lua",
  ["make install LUA=luajit"] = "spec/makefile_spec.lua and spec/install_spec.lua",
  ["luarocks make rockspec/vertexsms-scm-1.rockspec"] = "a bare machine",
  ["luarocks --lua-version 5.1 make rockspec/vertexsms-scm-1.rockspec"] = "a bare machine",
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

local function check_output(code, output)
  local patterns, lines = markdown.promised(code), lines_of(output)
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

local MODULES = [[
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
pid nginx.pid;
error_log error.log;
env VERTEXSMS_BASE_URL;
events { }
]]

-- A folder for what the pages call files of the reader's, and for a command of the source tree.
local folder

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local HAS_STORE = { ["docs/outbox.md"] = true, ["docs/command-line.md"] = true, ["docs/tracking.md"] = true }

local function make_folder()
  folder = os.tmpname()
  os.remove(folder)
  os.execute("mkdir -m 777 " .. folder)
  write("vertexsms", ('#!/bin/sh\nexec %s "$ROOT/bin/vertexsms" "$@"\n'):format(process.lua()))
  os.execute("chmod +x " .. folder .. "/vertexsms")
  write("campaign.csv", "name,number\nAnn,37069912345\nBob,37069912346\n")
  write("numbers.txt", "37069912345\n37069912346\n")
  write("text.txt", "We open at 9\n")
  write("texts.txt", "It’s ready\nIt is ready\n")
end

-- Nothing may leave this machine: the simulator's URL stands for the reader's servers, and takes none of it.
local function here(code)
  return (code:gsub("/var/lib/shop", folder):gsub("https://[a-z.]*example%.com", ENV.VERTEXSMS_BASE_URL))
end

local function run_lua(snippet, env)
  local key = key_of(snippet)
  local code = table.concat({ PRELUDE, BEFORE[key] or "", here(snippet.code), AFTER[key] or "" }, "\n")
  local _, output, errors = process.run({ process.lua(), "-e", code }, { env = env or ENV })
  assert.equal("", errors)
  return output
end

local function run_neovim(code)
  local count = #markdown.promised(code)
  local _, output, errors = neovim.run(([[
    local count = 0
    vim.notify = function(id) say(id) count = count + 1 end
    %s %s
    vim.wait(10000, function() return count == %d end, 10)
    leave()]]):format(PRELUDE, code, count), { env = ENV })
  assert.equal("", errors)
  assert.is_true(count > 0)
  return output
end

-- A line of its own, as a shell in the folder runs it; the servers among them are there already.
local function run_command(line)
  local script = ('export ROOT="$PWD" && cd %s && PATH="$PWD:$PATH" && %s'):format(folder, line)
  local exit_code, output, errors = process.run({ "sh", "-c", script }, { env = ENV })
  -- The simulator prints the PIN, and it is another one each time.
  local is_refused = line:find(" sender confirm ", 1, true) and errors:find("PIN", 1, true)
  assert.equal(is_refused and 1 or 0, exit_code, line .. "\n" .. output .. errors)
end

local function is_command(line)
  return line:find("^vertexsms ") and not line:find("&$") or line:find("^for ")
end

local function is_setup(line)
  return line:find("&$") or line:find("^export ") or line:find("^#")
end

local function run_shell(snippet)
  for _, line in ipairs(lines_of(here(snippet.code))) do
    if is_command(line) then
      run_command(line)
    else
      assert.is_truthy(is_setup(line) or is_elsewhere(line), "a command that is not run: " .. line)
    end
  end
end

-- Over the outbox of the page.
local function run_sql(snippet)
  local outbox = outboxes.open({ store = folder .. "/outbox.db" })
  for statement in snippet.code:gmatch("(.-);%s*") do
    local rows, err = outboxes.query(outbox, statement)
    assert(rows, tostring(err) .. "\n" .. statement)
  end
  outbox:close()
end

local function run_nginx(snippet)
  local requests = assert(REQUESTS[key_of(snippet)], "a configuration that is not tried")
  write("nginx.conf", MODULES .. snippet.code:gsub("server {", "server {\n    listen 127.0.0.1:8027;"))
  local nginx = nginxes.start_file(folder .. "/nginx.conf", 8027, ENV)
  for _, request in ipairs(requests) do
    local status, body = nginx:get(request[1], request[2])
    assert.equal(request[3], status, body)
    assert.is_truthy(("\n" .. body):find(request[4], 1, request.plain), body)
  end
  assert.is_true(nginx:stop("quit"))
end

-- A file of JSON stands above the commands that read it.
local function write_files(snippets)
  for _, snippet in ipairs(snippets) do
    if snippet.language == "json" then write("guard.json", snippet.code) end
  end
end

-- Each page has a simulator of its own: processes of the specs live half a minute.
for _, page in ipairs(PAGES) do
  local snippets = markdown.snippets(page)

  describe(page, function()
    local simulator

    setup(function()
      simulator = simulators.start()
      ENV.VERTEXSMS_BASE_URL = simulator.url
      make_folder()
      write_files(snippets)
      -- A store wants a folder that no other user may write to; nginx's workers are other users.
      if HAS_STORE[page] then os.execute("chmod 700 " .. folder) end
    end)
    teardown(function()
      simulator:stop()
      nginxes.stop_all()
      os.execute("rm -rf " .. folder)
    end)

    for _, snippet in ipairs(snippets) do
      if snippet.language == "lua" and can_run(snippet) and not is_neovim(snippet) then
        it("runs the Lua of " .. snippet.name, function() check_output(snippet.code, run_lua(snippet)) end)
      elseif snippet.language == "sh" then
        it("runs the commands of " .. snippet.name, function() run_shell(snippet) end)
      elseif snippet.language == "sql" then
        it("runs the SQL of " .. snippet.name, function() run_sql(snippet) end)
      -- LuaJIT is Neovim's Lua, and nginx's.
      elseif snippet.language == "nginx" and process.lua() == "luajit" then
        it("runs the configuration of nginx of " .. snippet.name, function() run_nginx(snippet) end)
      end
    end

    local in_neovim = {}
    for _, snippet in ipairs(snippets) do
      if snippet.language == "lua" and is_neovim(snippet) then in_neovim[#in_neovim + 1] = snippet.code end
    end
    if #in_neovim > 0 and process.lua() == "luajit" then
      it("runs its Lua in Neovim, one snippet after the other", function()
        local code = table.concat(in_neovim, "\n")
        check_output(code, run_neovim(code))
      end)
    end

    it("has code in languages that are run", function()
      local known = { lua = true, sh = true, nginx = true, sql = true, text = true, json = true }
      for _, snippet in ipairs(snippets) do assert.is_true(known[snippet.language] or false, snippet.name) end
    end)
  end)
end

describe("docs/errors.md", function()
  local faults

  setup(function()
    faults = fault_servers.start()
    make_folder()
  end)
  teardown(function()
    faults:stop()
    os.execute("rm -rf " .. folder)
  end)

  it("tells the outcomes apart", function()
    local snippet = markdown.snippets("docs/errors.md")[1]
    for url, word in pairs({
      [faults:url("status", "/400")] = "failed", [faults:url("refused")] = "later",
      [faults:url("status", "/500")] = "unknown",
    }) do
      local env = { VERTEXSMS_TOKEN = ENV.VERTEXSMS_TOKEN, VERTEXSMS_BASE_URL = url }
      assert.matches("^" .. word, run_lua(snippet, env))
    end
  end)
end)

describe("the documentation", function()
  it("requires what is public alone", function()
    local public = { [""] = true }
    for _, name in ipairs({
      "text", "address", "json", "callback", "tracking", "outbox", "guard", "simulator.client",
    }) do
      public["." .. name] = true
    end
    for _, page in ipairs(PAGES) do
      for name in process.read_file(page):gmatch("require *%(?[\"']vertexsms([a-z_.]*)[\"']") do
        assert.is_true(public[name] or false, page .. ": vertexsms" .. name)
      end
    end
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
end)
