-- A tracking over a file in a real nginx worker, which must go on whatever becomes of the file.

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

local HOLDER = [[
  local core = require("vertexsms.core")
  local journal = assert(core.journal(%q, 10))
  print("pid", core.process_id())
  io.stdout:flush()
  os.execute("kill -STOP " .. core.process_id())
]]

describe("a tracking over a file in nginx", function()
  local server, nginx, dir

  setup(function() server = scripted.start() end)
  teardown(process.stop_all)

  before_each(function()
    dir = os.tmpname()
    os.remove(dir)
    os.execute("mkdir -m 777 " .. dir)
    nginx = nginxes.start({ http = (HTTP:gsub("%$url", server.url):gsub("%$dir", dir)), server = SERVER })
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

  it("does not stop the worker when a process was stopped with the file", function()
    server:script({ status = 500, body = "{}" })
    local _, answer = nginx:get("/send")
    local id = answer:match("^unknown (%x+)\n$")
    local holder = process.start({ process.lua(), "-e", HOLDER:format(dir .. "/track") })
    local pid = holder:expect("^pid%s(%d+)$")
    os.execute(("until grep -q 'State:.T' /proc/%s/status; do :; done"):format(pid))
    server:script({ body = '["1"]' }, { status = 500, body = "{}" })
    local started = socket.gettime()
    assert.equal("accepted 1\n", (select(2, nginx:get("/send"))))
    assert.equal("unknown nil\n", (select(2, nginx:get("/send"))))
    assert.equal(500, (report(id))) -- VertexSMS comes again
    assert.equal(204, (nginx:get("/ping")))
    assert.is_true(socket.gettime() - started < 5)
    os.execute("kill -CONT " .. pid)
    holder:wait()
    assert.equal(200, (report(id)))
    assert.matches("resolved " .. id, nginx:log())
  end)
end)
