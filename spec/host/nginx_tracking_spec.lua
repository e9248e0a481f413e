-- A tracking over a database in the workers of a real nginx, which must go on whatever becomes of it.

local await = require("spec.support.await")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local socket = require("socket")

if process.lua() ~= "luajit" then return end

local HTTP = [[
  lua_shared_dict reports 1m;
  init_by_lua_block {
    client = require("vertexsms").safe.new {
      token = "token-of-the-spec", base_url = "$url", retry = false,
      track = { url = "http://127.0.0.1:$port/report", store = "$dir/track", on_resolved = function(event)
        ngx.log(ngx.WARN, "resolved ", event.tracking_id)
      end },
    }
    local callback = require "vertexsms.callback"
    handler = callback.handler { allow_loopback = true, tracking = client.tracking, store = "reports" }
    function send()
      local sent, err = client:send { to = "37069912345", from = "MyShop", message = "x" }
      ngx.say(sent and "accepted " .. sent.id or err.outcome .. " " .. tostring(err.tracking_id))
    end
  }
]]

local SERVER = [[
  location = /send { content_by_lua_block { send() } }
  location = /report { content_by_lua_block { require("vertexsms.callback").nginx(handler) } }
  location = /ping { return 204; }
]]

-- Has begun a transaction, and does not end it.
local HOLDER = [[
  local store = require("vertexsms.core").store({ path = %q })
  store:perform({
    { sql = "INSERT INTO vertexsms_tracking VALUES ('x', 0, 0, 9000000000, NULL, NULL, NULL, 1)" },
    { sql = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c" }, timeout = 60,
  })
]]

describe("a tracking over a database in nginx", function()
  local server, nginx, dir

  setup(function() server = scripted.start() end)
  teardown(process.stop_all)

  before_each(function()
    dir = os.tmpname()
    os.remove(dir)
    os.execute("mkdir -m 700 " .. dir .. " && chown nobody " .. dir .. " 2>/dev/null; true")
    nginx = nginxes.start({ workers = 2, http = (HTTP:gsub("%$url", server.url):gsub("%$dir", dir)), server = SERVER })
    server:requests()
  end)

  after_each(function()
    assert.is_true(nginx:stop())
    os.execute("rm -rf " .. dir)
  end)

  local function report(id) return nginx:get("/report?track=" .. id, '{"id":"5","status":1}') end

  it("settles a send", function()
    server:script({ status = 500, body = "{}" })
    local _, answer = nginx:get("/send")
    local id = answer:match("^unknown (%x+)\n$")
    assert.equal(200, (report(id)))
    assert.matches("resolved " .. id, nginx:log())
  end)

  it("goes on through a reload", function()
    server:script({ status = 500, body = "{}" })
    local _, answer = nginx:get("/send")
    local id = answer:match("^unknown (%x+)\n$")
    local before = table.concat(nginx:workers(), " ")
    nginx:signal("reload")
    assert.is_true(await(function()
      local now = nginx:workers()
      return #now == 2 and not before:find(now[1], 1, true) and not before:find(now[2], 1, true)
    end))
    server:script({ body = '["1"]' })
    assert.equal("accepted 1\n", (select(2, nginx:get("/send"))))
    assert.equal(200, (report(id)))
    assert.matches("resolved " .. id, nginx:log())
  end)

  it("does not stop the workers while another process keeps the database locked", function()
    server:script({ status = 500, body = "{}" })
    local _, answer = nginx:get("/send")
    local id = answer:match("^unknown (%x+)\n$")
    local holder = process.start({ process.lua(), "-e", HOLDER:format(dir .. "/track") })
    server:script({ body = '["1"]' }, { body = '["1"]' }, { body = '["1"]' })
    assert.is_true(await(function()
      nginx:get("/send")
      return nginx:log():find("tracking: .-the store failed") ~= nil
    end, 30))
    server:script({ status = 500, body = "{}" })
    local started = socket.gettime()
    assert.equal("unknown nil\n", (select(2, nginx:get("/send"))))
    assert.equal(500, (report(id))) -- VertexSMS comes again
    assert.equal(204, (nginx:get("/ping")))
    assert.is_true(socket.gettime() - started < 5)
    holder:stop()
    assert.is_true(await(function() return report(id) == 200 end))
    assert.matches("resolved " .. id, nginx:log())
  end)

  it("takes over the file of an old version", function()
    local id = ("a"):rep(32)
    local old = dir .. "/old"
    local file = assert(io.open(old, "wb"))
    file:write(("vertexsms-tracking 1 %s\n"):format(("0"):rep(32)))
    file:write(('{"k":"%s","v":{"expires":2000000000,"due":2000000000,"pending_until":0}}\n'):format(id))
    file:close()
    os.execute(("chmod 600 %s; chown nobody %s 2>/dev/null; true"):format(old, old))
    assert.is_true(nginx:stop())
    nginx = nginxes.start({
      workers = 2, http = (HTTP:gsub("%$url", server.url):gsub("%$dir/track", old)), server = SERVER,
    })
    server:script({ body = '["1"]' })
    assert.equal("accepted 1\n", (select(2, nginx:get("/send"))))
    assert.equal(200, (report(id)))
    assert.matches("resolved " .. id, nginx:log())
    assert.matches("old.migrated", nginx:log(), 1, true)
  end)
end)
