--- Uses the library in a locale and prints what must be the same in all of them.
--
-- Usage: LUA locale_program.lua LOCALE before|after URL STORE. The locale is set before or after the library is
-- loaded, the URL is the scripted server's, the store a file that is not there.

local name, order, url, store = ...

local function set_locale() assert(os.setlocale(name) == name, name) end

if order == "before" then set_locale() end
local callback = require("vertexsms.callback")
local core = require("vertexsms.core")
local json = require("vertexsms.json")
local text = require("vertexsms.text")
local vertexsms = require("vertexsms")

local resolved
local client = vertexsms.safe.new({
  token = "token-of-the-locale-spec", base_url = url, retry = false,
  track = {
    url = "https://shop.example.com/dlr", secret = "IDENTITY", store = store,
    on_resolved = function(event) resolved = event end,
  },
})
local handler = callback.handler({
  secret = "IDENTITY", signature_secret = "I", tracking = client.tracking, on_event = function() end,
})
if order == "after" then set_locale() end

local function show(...)
  local words = { ... }
  for i = 1, select("#", ...) do words[i] = tostring(words[i]) end
  print(table.concat(words, " "))
end

local function show_json(value) show(json.encode(value)) end

local function send(changes)
  local message = { to = "+37069912345", from = "IBB Info", message = "A\196\141i\197\171 u\197\190 pirkin\196\175, I" }
  for key, value in pairs(changes) do message[key] = value end
  return client:send(message)
end

-- What is refused here.
for _, changes in ipairs({
  { message = "\225" }, { from = "\225" }, { to = "+3706991234\178" }, { dlrUrl = "https://shop.example.com/\225" },
  { dlrUrl = "https://\225.example.com" }, { expireIn = 1 }, { scheduled = "2015-01-01T13:00:00,5" },
  { correctBy = "\201I" }, { TO = "x" }, { ["\196\141ia"] = "x" },
}) do
  show(select(2, send(changes)).message)
end
for _, options in ipairs({
  { timeout = -0.5 }, { TIMEOUT = 1 }, { retry = { base = -1 } }, { base_url = "HTTP://I.example" },
  { base_url = "https://\197\190em\196\151.example" }, { proxy = "http://\197\190em\196\151.example" },
}) do
  options.token = "x"
  show(select(2, vertexsms.safe.new(options)).message)
end
show(select(2, client:wait_delivered("1", { interval = 0.01 })).message)

-- What is accepted, rejected and unknown.
local sent = send({})
show(sent.id, sent.parts)
local _, err = send({})
show(err.kind, err.message, err.field)
_, err = send({ dlrUrl = "HTTPS://shop.example.com/I" })
show(err.kind, err.outcome, err.tracking_id ~= nil)

-- The report of the unknown one, signed in letters of both cases.
local body = '{"id":"1200000001","status":1,"mcc":"246","error":0}'
local function report(field, signature)
  local uri = "/dlr?track=" .. err.tracking_id .. "&secret=IDENTITY"
  return (handler("POST", { [field] = signature }, body, "192.0.2.1", uri))
end
local digest = core.hmac_sha256("I", body)
show(report("X-VERTEXSMS-SIGNATURE", "x"), report("X-VERTEXSMS-SIGNATURE", digest),
  report("X-VertexSMS-Signature", (digest:gsub("[a-f]", { a = "A", b = "B", c = "C", d = "D", e = "E", f = "F" }))))
show(resolved and resolved.confirmed)

-- What is read.
local status = client:status("1200000001")
show(status.state, status.final, status.error, status.text)
show(client:cost({ to = "37069912345", from = "IBB", message = "I" }).totalPrice)
show(client:rate_for("246", "01").Rate)
local answer = client:request("post", "/I/\225", {
  query = { I = "\225 I", i = 1, B = 2, a = 3 },
  json = { I = 0.5, i = 1e-7, B = 1 / 3, a = { 1, 2.5, -0.035 }, b = "\1\127\194\128" },
})
show_json(answer.json)
show(answer.headers["X-INFO"])
show_json(json.decode(' { "a" : [1,2.5,-0.035,1e3] , "I":"1,5" } '))
show(text.count("I\196\176i\196\177"), text.safe.count("\225"))
show((text.simplify("\226\128\156I\226\128\157", { accents = true })))
client:close()
