-- Drives the real listener process, under LuaJIT because lua-http is packaged for it, from any Lua.

local cjson = require("cjson")
local process = require("spec.support.process")
local web = require("spec.support.web")

local function start(options, ...)
  local words = { "luajit", "bin/vertexsms", "listen", "--port", "0", ... }
  local listener = process.start(words, options)
  return listener, listener:expect("^listening on (http://127%.0%.0%.1:%d+)/")
end

describe("listener", function()
  local listener, url

  setup(function() listener, url = start() end)
  teardown(process.stop_all)

  local function post(body, path, to)
    return web.request("POST", (to or url) .. (path or "/"), { ["Content-Type"] = "application/json" }, body)
  end

  local function shows(body, line)
    local status, answer = post(body)
    assert.equal(200, status)
    assert.equal("OK", answer)
    assert.equal(line, listener:line())
  end

  it("answers OK and prints the report", function()
    shows('{"id":"1281532560","status":"1","error":0,"mcc":"246","mnc":"021"}',
      "report 1281532560 delivered (status 1), error 0 no error, 246/021")
    shows('{"id":"1281532561","status":"2","error":43,"mcc":"246","mnc":"021"}',
      "report 1281532561 undelivered (status 2), error 43 subscriber absent, 246/021")
  end)

  it("takes numbers for text and text for numbers", function()
    shows('{"id":1281532562,"status":16,"error":"2"}',
      "report 1281532562 expired (status 16), error 2 validity period expired")
  end)

  it("shows what it does not know", function()
    shows('{"id":"5","status":"3","error":"77"}', "report 5 seen (status 3), error 77 unknown code")
    shows('{"id":"6","status":"9"}', "report 6 unknown (status 9)")
    shows('{"id":"7","status":{},"error":null}', "report 7 unknown (status missing)")
  end)

  it("marks a report that came before, and only that", function()
    local body = '{"id":"8","status":"1","error":0}'
    shows(body, "report 8 delivered (status 1), error 0 no error")
    shows(body, "report 8 delivered (status 1), error 0 no error, repeated")
    shows('{"id":"8","status":"2","error":0}', "report 8 undelivered (status 2), error 0 no error")
  end)

  it("keeps what came from the network off the terminal's controls", function()
    shows('{"id":"\\u001b[31m\\nreport 9","status":"1"}', "report ?[31m?report 9 delivered (status 1)")
  end)

  it("takes any path, without showing its query", function()
    assert.equal(200, (post('{"id":"10"}', "/dlr?secret=hidden")))
    assert.equal("report 10 unknown (status missing)", listener:line())
  end)

  it("refuses what is not a report", function()
    for _, body in ipairs { "", "{", "[]", "1", "null", '"x"', "{}", '{"id":null}', '{"id":""}', '{"id":{}}',
      ("["):rep(100) } do
      local status, answer = post(body, "/dlr?secret=hidden")
      assert.equal(400, status)
      assert.equal("POST /dlr 400 " .. cjson.decode(answer).message, listener:line())
    end
  end)

  it("refuses other methods", function()
    local status, _, head = web.request("GET", url)
    assert.equal(405, status)
    assert.equal("POST", head.allow)
    assert.equal("GET / 405 Reports are sent with POST.", listener:line())
  end)

  it("refuses more than 64 KiB", function()
    assert.equal(413, (post(('{"id":"1","x":"%s"}'):format(("a"):rep(65536)))))
    assert.equal("POST / 413 Content Too Large", listener:line())
  end)

  it("takes one path only when told so", function()
    local other = process.start { "luajit", "bin/vertexsms", "listen", "--port", "0", "--path", "/dlr" }
    local other_url = other:expect("^listening on (http://127%.0%.0%.1:%d+)/dlr$")
    assert.equal(404, (post('{"id":"1"}', "/", other_url)))
    assert.equal(404, (post('{"id":"1"}', "/dlr/", other_url)))
    assert.equal(200, (post('{"id":"1"}', "/dlr?x=1", other_url)))
    assert.equal(0, other:stop())
  end)

  it("writes JSON lines, and nothing else to stdout", function()
    local path = os.tmpname()
    local other, other_url = start({ stdout = path }, "--json")
    post('{"id":1281532560,"status":"2","error":"43","mcc":"246","mnc":"021"}', "/", other_url)
    post("{", "/", other_url)
    post('{"id":1281532560,"status":"2","error":"43"}', "/", other_url)
    assert.equal(0, other:stop())
    local reports = {}
    for line in process.read_file(path):gmatch("[^\n]+") do reports[#reports + 1] = cjson.decode(line) end
    os.remove(path)
    local report = { id = "1281532560", status = 2, status_text = "undelivered", error = 43,
      error_text = "subscriber absent", mcc = "246", mnc = "021" }
    assert.same(report, reports[1])
    report.mcc, report.mnc, report.duplicate = nil, nil, true
    assert.same(report, reports[2])
    assert.equal(2, #reports)
  end)

  it("stops cleanly", function()
    for _, signal in ipairs { "INT", "TERM" } do
      local other = start()
      other:signal(signal)
      assert.equal("stopped", other:line())
      assert.equal(0, other:wait())
    end
  end)
end)
