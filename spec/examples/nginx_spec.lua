-- examples/nginx as it stands, but for the port: once as a user would see it, and then attacked.

local cjson = require("cjson")
local http = require("socket.http")
local ltn12 = require("ltn12")
local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local socket = require("socket")

if process.lua() ~= "luajit" then return end

-- A VertexSMS that notes what it is sent, and fails for numbers that end in 9.
local SERVICE = [[
  location = /sms {
    content_by_lua_block {
      ngx.req.read_body()
      local body = ngx.req.get_body_data()
      ngx.log(ngx.ERR, "took ", body)
      if body:find('9"') then ngx.status = 500 return ngx.say("{}") end
      if body:find('8"') then ngx.status = 400 return ngx.say('{"message":"no"}') end
      ngx.say('["' .. ngx.var.request_id:sub(1, 7):gsub("%a", "1") .. '"]')
    }
  }
]]

-- Each visitor has an address of its own, so that nginx's limit for one does not stop another.
local visitors = 1

local function new_visitor()
  visitors = visitors + 1
  return ("127.0.%d.%d"):format(visitors / 200, visitors % 200 + 1)
end

local function create_from(visitor)
  return function()
    local tcp = socket.tcp()
    tcp:settimeout(20)
    assert(tcp:bind(visitor, 0))
    return tcp
  end
end

local ESCAPES = { ["+"] = "%2B", [" "] = "+" }

local function encode(fields)
  local parts = {}
  for name, value in pairs(fields) do parts[#parts + 1] = name .. "=" .. value:gsub("[+ ]", ESCAPES) end
  return table.concat(parts, "&")
end

local function post(nginx, visitor, path, fields, headers)
  local body, chunks = type(fields) == "string" and fields or encode(fields), {}
  local all = { ["Content-Length"] = #body }
  for name, value in pairs(headers or {}) do all[name] = value end
  local _, status = http.request({
    url = ("http://127.0.0.1:%d%s"):format(nginx.port, path), method = "POST", headers = all,
    source = ltn12.source.string(body), sink = ltn12.sink.table(chunks), create = create_from(visitor),
  })
  local ok, decoded = pcall(cjson.decode, table.concat(chunks))
  return status, ok and decoded or {}
end

-- All at once: each is sent whole before the first is read. Returns how many were answered so.
local function count_at_once(nginx, path, fields, wanted)
  local body, connections, count = encode(fields), {}, 0
  for i = 1, 20 do
    local tcp = create_from(new_visitor())()
    assert(tcp:connect("127.0.0.1", nginx.port))
    tcp:send(("POST %s HTTP/1.0\r\nContent-Length: %d\r\n\r\n"):format(path, #body))
    connections[i] = tcp
  end
  for _, tcp in ipairs(connections) do tcp:send(body) end
  for _, tcp in ipairs(connections) do
    if tcp:receive("*l"):find(wanted, 1, true) then count = count + 1 end
    tcp:close()
  end
  return count
end

describe("examples/nginx", function()
  local service, nginx

  local function ask(to, visitor, headers)
    return post(nginx, visitor or new_visitor(), "/otp", { to = to }, headers)
  end

  local function verify(session, code, visitor)
    return post(nginx, visitor or new_visitor(), "/verify", { session = session, code = code })
  end

  local function codes_of(to)
    local codes = {}
    for line in service:log():gmatch("took (%b{})") do
      if line:find(to, 1, true) then codes[#codes + 1] = line:match("(%d%d%d%d%d%d) is your") end
    end
    return codes
  end

  before_each(function()
    service = nginxes.start({ server = SERVICE })
    nginx = nginxes.start_file("examples/nginx/nginx.conf", 8027, {
      VERTEXSMS_TOKEN = "token-of-the-example", VERTEXSMS_BASE_URL = "http://127.0.0.1:" .. service.port,
    })
  end)
  after_each(nginxes.stop_all)

  it("sends a code, and knows it again, once", function()
    local status, answer = ask("+370 (612) 345-67")
    assert.equal(200, status)
    local code = codes_of("37061234567")[1]
    assert.same({ 403, "The code is wrong or has expired. Ask for a new one." },
      { verify(answer.session, code == "000000" and "000001" or "000000"), select(2, verify("", "")).message })
    local verified
    status, verified = verify(answer.session, code)
    assert.same({ 200, "37061234567" }, { status, verified.verified })
    assert.equal(403, (verify(answer.session, code)))
    assert.is_nil(nginx:log():find("token-of-the-example", 1, true))
    assert.is_nil(nginx:log():find(code, 1, true))
  end)

  it("does not let a stranger guess a code", function()
    local _, answer = ask("37061234567")
    local code = codes_of("37061234567")[1]
    for i = 1, 5 do assert.equal(403, (verify(answer.session, ("%06d"):format((code + i) % 1000000)))) end
    assert.equal(403, (verify(answer.session, code)))
  end)

  it("keeps the attempts of one session from strangers, who do not know it", function()
    local _, answer = ask("37061234567")
    local code = codes_of("37061234567")[1]
    for i = 1, 20 do assert.equal(403, (verify(("%032x"):format(i), code))) end
    assert.equal(200, (verify(answer.session, code)))
  end)

  it("sends one SMS a minute to a number, however it is written", function()
    assert.equal(200, (ask("37061234567")))
    for _, to in ipairs({ "37061234567", "+37061234567", "00370 612 34567", "+370-612-34567" }) do
      assert.equal(429, (ask(to)))
    end
    assert.equal(1, #codes_of("37061234567"))
  end)

  it("sends to no other countries, and to nothing that is not one number", function()
    for _, to in ipairs({ "4712345678", "37052345678", "3706123456", "370612345678", "nobody", "" }) do
      assert.equal(400, (ask(to)))
    end
    assert.equal(400, (post(nginx, new_visitor(), "/otp", "to=37061234567&to=37061234568")))
    assert.equal(400, (post(nginx, new_visitor(), "/otp", "to")))
    assert.equal(413, (post(nginx, new_visitor(), "/otp", "to=" .. ("3"):rep(2000))))
    assert.equal(403, (ask("37061234567", nil, { ["Sec-Fetch-Site"] = "cross-site" })))
    assert.not_matches("took", service:log())
  end)

  it("bounds what one visitor asks for, and guesses", function()
    local visitor, count = new_visitor(), 0
    for i = 1, 10 do
      if ask("3706123456" .. i % 8, visitor) == 200 then count = count + 1 end
    end
    assert.is_true(count >= 4 and count < 7, count)
    count = 0
    for _ = 1, 30 do
      if verify(("0"):rep(32), "000000", visitor) == 403 then count = count + 1 end
    end
    assert.is_true(count >= 11 and count < 20, count)
  end)

  it("lets no requests at the same time slip through", function()
    assert.equal(1, count_at_once(nginx, "/otp", { to = "37061234567" }, " 200 "))
    assert.equal(1, #codes_of("37061234567"))
    local _, answer = ask("37061234566")
    local fields = { session = answer.session, code = codes_of("37061234566")[1] }
    assert.equal(1, count_at_once(nginx, "/verify", fields, " 200 "))
  end)

  it("sends at most 200 SMS an hour, whatever the visitors and numbers, and tells the owner once", function()
    local count = 0
    for i = 1, 210 do
      if ask(("370612%04d1"):format(i)) == 200 then count = count + 1 end
    end
    assert.equal(200, count)
    assert.equal(1, select(2, nginx:log():gsub("no more login codes in this hour", "")))
  end)

  it("does not repeat a send of unknown outcome: the code may come, and works", function()
    local status, answer = ask("37061234569")
    assert.same({ 202, "It may take a minute. Please wait for the SMS." }, { status, answer.message })
    assert.equal(429, (ask("37061234569")))
    local codes = codes_of("37061234569")
    assert.equal(1, #codes)
    assert.equal(200, (verify(answer.session, codes[1])))
  end)

  it("lets the user try again at once after a send that certainly failed", function()
    for _ = 1, 7 do
      local status, answer = ask("37061234568")
      assert.same({ 503, nil }, { status, answer.session })
    end
    assert.matches("login code: vertexsms: invalid_request: no", nginx:log())
  end)

  it("does not start without a token, and says why", function()
    assert.error_matches(function()
      nginxes.start_file("examples/nginx/nginx.conf", 8027, { VERTEXSMS_TOKEN = "" })
    end, "token is missing")
  end)

  it("works against the simulator, across a reload", function()
    local simulator = simulators.start()
    nginx:stop()
    nginx = nginxes.start_file("examples/nginx/nginx.conf", 8027, {
      VERTEXSMS_TOKEN = "token-of-the-example", VERTEXSMS_BASE_URL = simulator.url,
    })
    assert.equal(200, (ask("37061234567")))
    nginx:signal("reload")
    assert.equal(429, (ask("37061234567")))
    assert.is_true(nginx:stop("quit"))
    assert.not_matches("exited on signal", nginx.last_log)
    simulator:stop()
  end)
end)
