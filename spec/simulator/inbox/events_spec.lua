-- What changes, live. The simulator is LuaJIT's whatever runs the spec, so it is asked once.

local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local web = require("spec.support.web")

if process.lua() ~= "luajit" then return end

describe("simulator: /_simulator/events", function()
  local inbox

  setup(function() inbox = inboxes.start { "--dlr-delay", "3600" } end)
  teardown(process.stop_all)

  local function open(since)
    local connection = web.connect(inbox.url)
    connection:send(("GET /_simulator/events%s HTTP/1.1\r\nHost: localhost\r\n\r\n")
      :format(since and "?since=" .. since or ""))
    assert.equal("HTTP/1.1 200 OK", connection:receive("*l"))
    return connection
  end

  -- The next event with this name: its data and its ID. Lines of the chunked coding are passed over.
  local function data_of(connection, name)
    local found, id
    while true do
      local line = assert(connection:receive("*l"))
      if line:find("^event: ") then found = line:sub(8) end
      id = line:match("^id: (.*)$") or id
      if line:find("^data: ") and found == name then return cjson.decode(line:sub(7)), id end
    end
  end

  it("has the messages that are new or have changed", function()
    local _, answer = inbox:messages()
    local feed = open(answer.revision)
    local id = inbox:send()
    local rows = data_of(feed, "messages")
    assert.same({ id, "Your code is 4815" }, { rows[1].id, rows[1].text })
    inbox:steer(id, "fail")
    repeat rows = data_of(feed, "messages") until rows[1].state == "undelivered"
    assert.equal(id, rows[1].id)
    feed:close()
  end)

  it("goes on where a reader was, and says each message once", function()
    local feed = open((select(2, inbox:messages())).revision)
    local first = inbox:send()
    local _, position = data_of(feed, "messages")
    feed:close()
    local second = inbox:send()
    inbox:steer(second, "deliver")
    local again = open(position)
    local rows, ids = data_of(again, "messages"), {}
    for i, row in ipairs(rows) do ids[i] = row.id end
    assert.same({ second }, { ids[#ids] })
    assert.is_true(#ids <= 2 and ids[1] ~= first or ids[1] == first and #ids == 2)
    again:close()
  end)

  it("is told to ask again when it is from another run, or after a clear", function()
    for _, since in ipairs { "1:1", "x", "99999999999999:5" } do
      local feed = open(since)
      assert.same({}, (data_of(feed, "reset")))
      feed:close()
    end
    local feed = open((select(2, inbox:messages())).revision)
    inbox:call("DELETE", "/_simulator/messages")
    assert.same({}, (data_of(feed, "reset")))
    feed:close()
  end)

  it("counts what else changes", function()
    local feed = open((select(2, inbox:messages())).revision)
    local before = data_of(feed, "changed")
    inbox.simulator:call("POST", "/hlr", { msisdn = "37069912345" })
    local after
    repeat after = data_of(feed, "changed") until after.requests > before.requests
    assert.equal(before.lookups + 1, after.lookups)
    inbox:call("PUT", "/_simulator/settings", { paused = true })
    repeat after = data_of(feed, "changed") until after.settings == before.settings + 1
    feed:close()
  end)

  it("has an end for its oldest reader when there are too many", function()
    local feeds = {}
    for i = 1, 33 do
      feeds[i] = open()
      data_of(feeds[i], "changed")
    end
    local line
    repeat line = feeds[1]:receive("*l") until not line or line == "0"
    for _, feed in ipairs(feeds) do feed:close() end
    assert.is_string(inbox:send())
  end)

  it("answers HEAD", function()
    local status, _, head = web.request("HEAD", inbox.url .. "/_simulator/events")
    assert.same({ 200, "text/event-stream" }, { status, head["content-type"] })
  end)
end)
