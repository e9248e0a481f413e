-- A foreign page in the same browser, or another machine, must neither read nor steer the inbox.

local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

local PATHS = { "/", "/_simulator/messages", "/_simulator/code", "/_simulator/events", "/_simulator/page/inbox.js",
  "/_simulator/requests", "/_simulator/settings", "/_simulator/nothing" }

describe("simulator: the inbox", function()
  local inbox, port

  setup(function()
    inbox = inboxes.start()
    port = inbox.url:match("%d+$")
  end)
  teardown(process.stop_all)

  -- LuaSocket writes its own Host.
  local function ask(method, path, host, headers, to)
    local lines = { ("%s %s HTTP/1.1"):format(method, path), host and "Host: " .. host, "Connection: close" }
    if not host then lines = { lines[1], lines[3] } end
    for name, value in pairs(headers or {}) do lines[#lines + 1] = name .. ": " .. value end
    local connection = web.connect(to or inbox.url)
    connection:send(table.concat(lines, "\r\n") .. "\r\n\r\n")
    local first, head, body = web.read_message(connection)
    connection:close()
    return tonumber(first:match(" (%d+)")), body, head
  end

  it("is served under addresses and localhost alone: no name can be rebound to it", function()
    for _, path in ipairs(PATHS) do
      for _, host in ipairs { "evil.example", "evil.example:" .. port, "localhost.evil.example", "1.2.3.4.evil.example",
        "", "127.0.0.1.example:" .. port, "localhost@evil.example" } do
        local status, body = ask("GET", path, host)
        assert.equal(403, status, host)
        assert.matches("open it under an address or localhost", cjson.decode(body).message, 1, true)
      end
    end
    for _, host in ipairs { "localhost", "LOCALHOST:" .. port, "127.0.0.1:" .. port, "[::1]:" .. port,
      "sms.localhost:" .. port } do
      assert.equal(200, (ask("GET", "/_simulator/messages", host)), host)
    end
  end)

  it("refuses pages of another origin, the API of VertexSMS too", function()
    local own = "localhost:" .. port
    for _, origin in ipairs { "http://evil.example", "http://localhost:1", "http://127.0.0.1:" .. port, "null", "",
      "http://" .. own .. ".evil.example" } do
      local id = inbox:send()
      for _, what in ipairs { { "POST", "/_simulator/messages/" .. id .. "/fail" },
        { "DELETE", "/_simulator/messages" }, { "PUT", "/_simulator/settings" }, { "GET", "/_simulator/messages" },
        { "POST", "/sms" },
        { "GET", "/sms/status/" .. id } } do
        assert.equal(403, (ask(what[1], what[2], own, { Origin = origin, ["X-VertexSMS-Token"] = "t" })))
      end
      local _, known = inbox:call("GET", "/_simulator/requests?refused=1&limit=1")
      assert.same({ "/sms/status/" .. id, 403 }, { known.requests[1].path, known.requests[1].status })
      assert.equal("delivered", inbox:message(id).state)
    end
    assert.equal(200, (ask("GET", "/_simulator/messages", own, { Origin = "http://" .. own })))
  end)

  it("refuses what a browser says comes from another page", function()
    for _, site in ipairs { "cross-site", "same-site" } do
      assert.equal(403, (ask("GET", "/_simulator/messages", "localhost", { ["Sec-Fetch-Site"] = site })))
      assert.equal(403, (ask("GET", "/_simulator/page/inbox.js", "localhost", { ["Sec-Fetch-Site"] = site })))
      assert.equal(200, (ask("GET", "/", "localhost", { ["Sec-Fetch-Site"] = site }))) -- a link
    end
    for _, site in ipairs { "same-origin", "none" } do
      assert.equal(200, (ask("GET", "/_simulator/messages", "localhost", { ["Sec-Fetch-Site"] = site })))
    end
  end)

  it("allows no other page to read it, to frame it or to run anything in it", function()
    for _, path in ipairs { "/", "/_simulator/messages", "/_simulator/page/inbox.js", "/_simulator/nothing" } do
      local _, _, head = ask("GET", path, "localhost")
      assert.is_nil(head["access-control-allow-origin"])
      assert.matches("default-src 'none'; script-src 'self';", head["content-security-policy"], 1, true)
      assert.matches("frame-ancestors 'none'", head["content-security-policy"], 1, true)
      assert.is_nil(head["content-security-policy"]:find("unsafe", 1, true))
      assert.same({ "nosniff", "DENY", "same-origin", "no-store" }, { head["x-content-type-options"],
        head["x-frame-options"], head["cross-origin-resource-policy"], head["cache-control"] })
    end
    assert.equal(405, (ask("OPTIONS", "/_simulator/messages", "localhost", {
      ["Access-Control-Request-Method"] = "DELETE" })))
  end)

  it("serves the files of its page, and no others", function()
    for _, path in ipairs { "../init.lua", "%2e%2e%2finit.lua", "..%2finit.lua", "x.lua", "", ".html",
      "inbox.js%00" } do
      assert.equal(404, (ask("GET", "/_simulator/page/" .. path, "localhost")))
    end
  end)

  describe("with a token", function()
    local guarded

    setup(function() guarded = inboxes.start({}, { VERTEXSMS_SIMULATOR_TOKEN = "only:this-one" }) end)

    it("wants it everywhere, as a header or as a password", function()
      for _, path in ipairs(PATHS) do
        local status, body, head = ask("GET", path, "localhost", {}, guarded.url)
        assert.equal(401, status)
        assert.equal('Basic realm="VertexSMS simulator", charset="UTF-8"', head["www-authenticate"])
        assert.is_string(cjson.decode(body).message)
      end
      for _, headers in ipairs { { ["X-VertexSMS-Token"] = "only:this-one" },
        { Authorization = "Basic eDpvbmx5OnRoaXMtb25l" } } do -- x:only:this-one
        assert.equal(200, (ask("GET", "/_simulator/messages", "localhost", headers, guarded.url)))
      end
      for _, headers in ipairs { { ["X-VertexSMS-Token"] = "only:this-onf" }, { Authorization = "Basic !" },
        { Authorization = "Basic eA==" }, { Authorization = "Bearer only:this-one" },
        { ["X-VertexSMS-Token"] = "" } } do
        assert.equal(401, (ask("GET", "/_simulator/messages", "localhost", headers, guarded.url)))
      end
    end)
  end)

  it("that other machines can reach has no page without a token", function()
    local open = inboxes.start { "--host", "0.0.0.0", "--public" }
    assert.matches("^the inbox is closed: .* needs VERTEXSMS_SIMULATOR_TOKEN$", open.simulator:line())
    for _, path in ipairs(PATHS) do
      local status, body = ask("GET", path, "localhost", {}, open.url)
      assert.equal(403, status)
      assert.matches("VERTEXSMS_SIMULATOR_TOKEN", cjson.decode(body).message, 1, true)
    end
    open.simulator:stop()
  end)

  it("that other machines can reach is served under any name, with its token", function()
    local open = inboxes.start({ "--host", "0.0.0.0", "--public" }, { VERTEXSMS_SIMULATOR_TOKEN = "t" })
    local headers = { ["X-VertexSMS-Token"] = "t" }
    assert.equal(200, (ask("GET", "/_simulator/messages", "simulator:8025", headers, open.url)))
    assert.equal(401, (ask("GET", "/_simulator/messages", "simulator:8025", {}, open.url)))
    headers.Origin = "http://evil.example"
    assert.equal(403, (ask("GET", "/_simulator/messages", "simulator:8025", headers, open.url)))
    open.simulator:stop()
  end)
end)
