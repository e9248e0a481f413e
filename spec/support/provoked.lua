--- Error messages, provoked: what is done, and the words that its message must have, the first being the name by which
-- the caller knows what is wrong.
--
--     luajit -e 'require("spec.support.provoked").print()'
--
-- prints them all, to be read. They are checked in spec/messages_spec.lua.

local callback = require("vertexsms.callback")
local text = require("vertexsms.text").safe
local tracking = require("vertexsms.tracking")
local vertexsms = require("vertexsms")

local M = {}

--- In no message.
M.TOKEN = "Tok3n-never-to-be-shown-4711"

local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

local NUMBER, LONG = "37069912345", ("x"):rep(5000)

local function with(base, changes)
  local all = {}
  for key, value in pairs(base) do all[key] = value end
  for key, value in pairs(changes) do all[key] = value end
  return all
end

-- { options, words... }
local OPTIONS = {
  { { tokn = "x" }, '"tokn"', 'did you mean "token"?' },
  { { ["base\nurl"] = "x" }, '"base\\nurl"', 'did you mean "base_url"?' },
  { { zzzzzzzzzzzz = 1 }, '"zzzzzzzzzzzz"', "the options are token, base_url" },
  { { "token" }, "vertexsms.new", "names for keys" },
  { { token = 5 }, "token", "must be a string, not a number" },
  { { token = "" }, "token", "must not be empty" },
  { { token = M.TOKEN .. "\n" }, "token", "line break" },
  { { token = M.TOKEN:rep(200) }, "token", "at most 4096 octets" },
  { { base_url = 5 }, "base_url", 'a string such as "https://api.vertexsms.com", not a number (5)' },
  { { base_url = "api.vertexsms.com" }, "base_url", "https://", '"api.vertexsms.com"' },
  { { base_url = "https//api.vertexsms.com" }, "base_url", "https://", '"https//api.vertexsms.com"' },
  { { base_url = "ftp://api.vertexsms.com" }, "base_url", "https://", '"ftp://api.vertexsms.com"' },
  { { base_url = "http://api.vertexsms.com" }, "base_url", "localhost", '"http://api.vertexsms.com"' },
  { { base_url = "https://user:hidden@vertexsms.com" }, "base_url", "user name", '"https://***@vertexsms.com"' },
  { { base_url = "https://api.vertexsms.com/?at=hidden" }, "base_url", "query", '"https://api.vertexsms.com/?..."' },
  { { base_url = "https://api.vertexsms.com/\n" }, "base_url", "valid URL", "\\n" },
  { { base_url = "" }, "base_url", "https://api.vertexsms.com" },
  { { base_url = "https://" .. M.TOKEN .. ".example.com" }, "base_url", "contains the token" },
  { { status_base_url = "kube-api" }, "status_base_url", "https://", '"kube-api"' },
  { { timeout = 0 }, "timeout", "above 0 and at most 86400 seconds", "not 0" },
  { { timeout = -1.5 }, "timeout", "above 0", "not -1.5" },
  { { timeout = 0 / 0 }, "timeout", "above 0", "NaN" },
  { { timeout = "30" }, "timeout", "a number such as 30", 'a string ("30")' },
  { { connect_timeout = 100000 }, "connect_timeout", "at most 86400 seconds", "not 100000" },
  { { max_idle = true }, "max_idle", "a number such as 15", "a boolean (true)" },
  { { max_response_bytes = 1.5 }, "max_response_bytes", "an integer", "1.5" },
  { { max_response_bytes = 0 }, "max_response_bytes", "from 1 to 1073741824 octets", "not 0" },
  { { concurrency = 20000 }, "concurrency", "from 1 to 10000", "not 20000" },
  { { queue_limit = 0 }, "queue_limit", "from 1 to 10000000", "not 0" },
  { { batch_size = {} }, "batch_size", "an integer", "a table" },
  { { ca_file = "/no/such/ca.pem" }, "ca_file", "No such file or directory", '"/no/such/ca.pem"' },
  { { ca_file = "/" }, "ca_file", "cannot be read", '"/"' },
  { { ca_file = "" }, "ca_file", "PEM file" },
  { { ca_file = 5 }, "ca_file", "ca-certificates.crt", "a number (5)" },
  { { proxy = "hidden" }, "proxy", "http://" },
  { { proxy = "ftp://u:hidden@proxy" }, "proxy", "must begin with http://, https://, socks4://" },
  { { proxy = "http://u:hidden@proxy:3128/x" }, "proxy", "host and port", "percent-encode" },
  { { proxy = "http://proxy:3128", base_url = "http://127.0.0.1:1" }, "proxy", "the proxy could read the token" },
  { { user_agent = "a\r\nb" }, "user_agent", "1 to 256 octets", '"a\\r\\nb"' },
  { { user_agent = LONG }, "user_agent", "1 to 256 octets", "xxx...xxx" },
  { { host = "nodejs" }, "host", 'must be "nginx", "luv", ', '"nodejs"' },
  { { host = "nginx" }, "host", "not nginx" },
  { { validate = "no" }, "validate", "a boolean", 'a string ("no")' },
  { { retry = 3 }, "retry", "{ attempts = 5 }", "a number (3)" },
  { { retry = { attempts = 0 } }, "retry.attempts", "from 1 to 20", "not 0" },
  { { retry = { base = -1 } }, "retry.base", "from 0 to 3600 seconds", "not -1" },
  { { retry = { max_wait = 1e9 } }, "retry.max_wait", "from 0 to 86400 seconds", "not 1000000000" },
  { { retry = { atempts = 1 } }, '"atempts"', 'did you mean "attempts"?' },
  { { on_request = "print" }, "on_request", "a function", '"print"' },
  { { track = true }, "track", "a table", "a boolean (true)" },
  { { track = {} }, "on_resolved", "is missing from track", "a function" },
  { { track = { on_resolved = print, url = "example.com" } }, "track.url", "https://example.com", '"example.com"' },
  { { track = { on_resolved = print, url = "https://example.com/#top" } }, "url", "fragment", '/#..."' },
  { { track = { on_resolved = print, secret = "" } }, "track.secret", "must not be empty" },
  { { track = { on_resolved = print, store = 5 } }, "track.store", "the path of a file", "postgresql://" },
  { { track = { on_resolved = print, store = "/no/such/folder/file" } }, "store", "No such file or directory" },
  { { track = { on_resolved = print, store = "/etc/passwd" } }, "store", "/etc/passwd" },
  { { track = { on_resolved = print, slack = -1 } }, "track.slack", "seconds", "not -1" },
  { { track = { on_resolved = print, secret = M.TOKEN } }, "track.secret", "contains the token" },
}

-- Fields of a message.
local MESSAGES = {
  { { to = false }, "to", 'a string such as "37069912345"', "a boolean (false)" },
  { { to = 37069912345 }, "to", 'a string such as "37069912345"', "a number (37069912345)" },
  { { to = "" }, "to", "digits only, such as 37069912345" },
  { { to = "8-600-12345" }, "to", "digits only, such as 37069912345", '"8-600-12345"' },
  { { to = "\226\128\17037069912345" }, "to", "digits only", '"\\u{202A}37069912345"' },
  { { to = "060012345" }, "to", "country code", '"060012345"' },
  { { to = "123" }, "to", "7 to 15 digits", '"123"' },
  { { to = LONG }, "to", "digits only", "..." },
  { { to = M.TOKEN }, "to", "digits only" },
  { { to = "abc", correctBy = "LT" }, "to", "digits, such as 69912345", '"abc"' },
  { { from = "Kauno vaistinė" }, "from", "A-Z", "\\u{117}" },
  { { from = "TwelveLetter" }, "from", "1 to 11", '"TwelveLetter"' },
  { { from = {} }, "from", 'such as "MyShop"', "a table" },
  { { message = "" }, "message", "must not be empty" },
  { { message = "hidden \255" }, "message", "not valid UTF-8 at byte 8" },
  { { message = ("hidden "):rep(8000) }, "message", "more than 255 parts" },
  { { message = 5 }, "message", "a string" },
  { { message = "hidden ž", coding = 0 }, "message", "U+017E at character 8" },
  { { message = ("hidden "):rep(40), coding = 0 }, "message", "160 septets" },
  { { message = ("hidden "):rep(40), coding = 2, udh = "%05%00%03%CC%02%01" }, "message", "header of 6 octets" },
  { { dlrUrl = "example.com/dlr" }, "dlrUrl", "https://example.com", '"example.com/dlr"' },
  { { dlrUrl = "https://example.com/ a?key=hidden" }, "dlrUrl", "must be an http or https URL", '?..."' },
  { { dlrUrl = "https://example.com/" .. LONG }, "dlrUrl", "at most 2048 octets", "has 5020" },
  { { dlrUrl = "https://example.com/?x=" .. M.TOKEN }, "dlrUrl", "contains the token" },
  { { dlrUrl = {} }, "dlrUrl", '"https://example.com/dlr"', "a table" },
  { { priority = "urgent" }, "priority", '"high", "normal" or "low"', '"urgent"' },
  { { scheduled = "tomorrow" }, "scheduled", "2015-01-01T13:00:00+02:00", '"tomorrow"' },
  { { scheduled = "2015-02-30T13:00:00+02:00" }, "scheduled", "a time with an offset", '"2015-02-30' },
  { { udh = "050003CC0201", coding = 0 }, "udh", "%05%00%03%CC%02%01", '"050003CC0201"' },
  { { udh = "%05%00%03%CC%02%01" }, "udh", "coding", "2 (UCS-2)" },
  { { udh = "%05%00%03%CC%02%03", coding = 0 }, "udh", "part 3 of 2" },
  { { udh = "%09%00%03%CC%02%01", coding = 0 }, "udh", "9 octets follow, but 5 do" },
  { { coding = 3 }, "coding", "0, 1 or 2", "not 3" },
  { { coding = "0" }, "coding", "an integer", 'a string ("0")' },
  { { testMode = "3" }, "testMode", '"1" or "2"', '"3"' },
  { { expireIn = 5 }, "expireIn", "from 360 to 432000 seconds", "not 5" },
  { { correctBy = "Lithuania" }, "correctBy", "such as LT", '"Lithuania"' },
  { { txt = "hidden" }, '"txt"', "is not a field of the message" },
}

-- { words..., method and arguments in `call` }
local function calls()
  local message = { to = NUMBER, from = "MyShop", message = "x" }
  local list = {
    { "to", "is missing from the message", call = { "send", { from = "MyShop", message = "x" } } },
    { "from", 'such as "MyShop"', call = { "send", { to = NUMBER, message = "x" } } },
    { "message", "is missing from the message", call = { "send", { to = NUMBER, from = "MyShop" } } },
    { "message", "client:send_many", call = { "send", { message } } },
    { "messages", "at least one message", call = { "send_many", {} } },
    { "messages[2]", "a table such as { to", "a string", call = { "send_many", { message, "x" } } },
    { "messages[2]", "must not have holes", call = { "send_many", { message, nil, message } } },
    { "messages", "the key", call = { "send_many", message } },
    { "messages[2]", "to must be digits only", '"abc"',
      call = { "send_many", { message, with(message, { to = "abc" }) } } },
    { '"size"', "client:send_many", "the options are batch_size, guard_key",
      call = { "send_many", { message }, { size = 5 } } },
    { "batch_size", "from 1 to 10000", "not 0", call = { "cost", { message }, { batch_size = 0 } } },
    { "id", "must not be empty", call = { "status", "" } },
    { "id", "'/'", '"1/2"', call = { "status", "1/2" } },
    { "id", "'..'", call = { "status", "1..2" } },
    { "id", "control characters", '"1\\n"', call = { "status", "1\n" } },
    { "id", "at most 256 octets", call = { "status", LONG } },
    { "id", "contains the token", call = { "status", M.TOKEN } },
    { "timeout", "from 0.1 to 432000 seconds", "not 0", call = { "wait_delivered", "1", { timeout = 0 } } },
    { "grace", "from 0 to 3600 seconds", call = { "wait_delivered", "1", { grace = -1 } } },
    { "msisdn", "digits only", '"abc"', call = { "hlr", "abc" } },
    { "callBackUrl", "https://example.com", '"x"', call = { "hlr", NUMBER, { callBackUrl = "x" } } },
    { "name", "such as MyShop", '"ab"', call = { "register_sender", { name = "ab", type = "AlphaNumeric" } } },
    { "type", '"AlphaNumeric" or "MSISDN"', '"x"', call = { "register_sender", { name = "abc", type = "x" } } },
    { "category", '"Company", "Product"',
      call = { "register_sender", { name = "abc", type = "AlphaNumeric", category = "x" } } },
    { "type", "is missing from the sender", call = { "register_sender", { name = "abc" } } },
    { "pin", "5 digits", "12345", call = { "confirm_sender", "1", "hidden" } },
    { "country", "'/'", call = { "mccmnc", "L/T" } },
    { "country", "such as LT", '"lt"', call = { "rates", { country = "lt" } } },
    { "format", '"json" or "csv"', '"xml"', call = { "rates", { format = "xml" } } },
    { "mcc", "3 digits", '"24"', call = { "rate_for", "24" } },
    { "mnc", "1 to 3 digits", '"x"', call = { "rate_for", "246", "x" } },
    { "message", "at most 1000 characters", "1001", call = { "viber", with(message, { message = ("h"):rep(1001) }) } },
    { "im", "a function", call = { "viber", with(message, { im = { print } }) } },
    { "method", "GET, HEAD, POST", '"FETCH"', call = { "request", "FETCH", "/x" } },
    { "path", "'/'", '"sms"', call = { "request", "GET", "sms" } },
    { "path", "'?'", call = { "request", "GET", "/x?a=1" } },
    { "path", "hexadecimal digits after each %", '"/x%2"', call = { "request", "GET", "/x%2" } },
    { "path", "'.'", call = { "request", "GET", "/./x" } },
    { "query", '"a"', "a function", call = { "request", "GET", "/x", { query = { a = print } } } },
    { "query", "names for keys", call = { "request", "GET", "/x", { query = { "a" } } } },
    { "query", "contains the token", call = { "request", "GET", "/x", { query = { at = M.TOKEN } } } },
    { "body", "together with json", call = { "request", "POST", "/x", { body = "{}", json = {} } } },
    { "body", "GET", call = { "request", "GET", "/x", { body = "{}" } } },
    { "json", "NaN", call = { "request", "POST", "/x", { json = { 0 / 0 } } } },
    { "headers", "a string for each name", call = { "request", "GET", "/x", { headers = { "x" } } } },
    { "headers", '"a b"', call = { "request", "GET", "/x", { headers = { ["a b"] = "x" } } } },
    { "headers", '"X-Id"', "line break", call = { "request", "GET", "/x", { headers = { ["X-Id"] = "hidden\r\n" } } } },
    { "headers", "Host", "sets", call = { "request", "GET", "/x", { headers = { Host = "x" } } } },
    { "concurrency", "from 1 to 10000", call = { "all", {}, { concurrency = 0 } } },
  }
  for _, case in ipairs(MESSAGES) do
    local words = { call = { "send", with(message, case[1]) } }
    for i = 2, #case do words[#words + 1] = case[i] end
    list[#list + 1] = words
  end
  return list
end

-- { words..., does = function }
local ELSEWHERE = {
  { "options", "table expected", does = function() return pcall(vertexsms.new, "token") end },
  { "new", "dot", does = function() return pcall(vertexsms.new, vertexsms) end },
  { "client:send", "colon", does = function(client) return pcall(client.send, {}) end },
  { "message", "table expected, got string", does = function(client) return pcall(client.send, client, "x") end },
  { "id", "string expected, got number", does = function(client) return pcall(client.status, client, 5) end },
  { "callback", "function expected", does = function(client) return pcall(client.submit, client, "send", {}) end },
  { '"sned"', "client:all", does = function(client) return nil, client:all({ { "sned" } })[1].error end },
  { "a call", "{ \"send\", message }", does = function(client) return nil, client:all({ "send" })[1].error end },
  { "message", "got nil", does = function(client) return nil, client:all({ { "send" } })[1].error end },
  { "text", "a string, not nil", does = function() return pcall(text.count, nil) end },
  { "text", "not valid UTF-8 at byte 2", does = function() return text.count("a\255") end },
  { "reference", "8 or 16", "not 4", does = function() return text.count("a", { reference = 4 }) end },
  { "ref", "from 0 to 255", "not 256", does = function() return text.split("a", { ref = 256 }) end },
  { '"refrence"', "vertexsms.text", does = function() return text.count("a", { refrence = 8 }) end },
  { "udh", "hexadecimal pairs", '"xyz"', does = function() return text.udh("xyz") end },
  { "udh", "cut off inside the element at octet 2", does = function() return text.udh("0300FF00") end },
  { "elements[1].iei", "from 0 to 255", "not 300", does = function()
    return text.udh({ elements = { { iei = 300, data = "" } } })
  end },
  { "elements[1]", "{ iei = 5", does = function() return text.udh({ elements = { 5 } }) end },
  { "iei", "is missing from elements[1]", does = function() return text.udh({ elements = { { data = "" } } }) end },
  { "concatenation.part", "from 1 to 2", "not 3", does = function()
    return text.udh({ concatenation = { ref = 1, parts = 2, part = 3 } })
  end },
  { "body", "JSON object", "octet 1", does = function() return callback.safe.parse("hidden") end },
  { "body", "an id", does = function() return callback.safe.parse('{"status":"hidden"}') end },
  { "body", "at most 65536 octets", does = function() return callback.safe.parse((" "):rep(70000)) end },
  { "url", "https://example.com", '"x"', does = function() return callback.safe.url("x") end },
  { "url", '"secret"', "take it out", does = function()
    return callback.safe.url("https://example.com/?secret=hidden", { secret = "hidden" })
  end },
  { "on_report", "a function", does = function() return callback.safe.handler({}) end },
  { "sources[1]", '"10.0.0/8"', "such as 178.33.133.192/28", does = function()
    return callback.safe.handler({ on_report = print, sources = { "10.0.0/8" } })
  end },
  { "sources[2]", '"10.0.0.0/33"', "from 0 to 32", does = function()
    return callback.safe.handler({ on_report = print, sources = { "10.0.0.0/8", "10.0.0.0/33" } })
  end },
  { "trusted_proxies[1]", '"10.0.0.1/8"', "the first one of its range", does = function()
    return callback.safe.handler({ on_report = print, trusted_proxies = { "10.0.0.1/8" } })
  end },
  { "sources", "a list of strings", "a number (5)", does = function()
    return callback.safe.handler({ on_report = print, sources = { 5 } })
  end },
  { "secret", "not empty", does = function() return callback.safe.handler({ on_report = print, secret = "" }) end },
  { "secret", "an empty list", does = function() return callback.safe.handler({ on_report = print, secret = {} }) end },
  { "lease", "above 0 and at most 86400 seconds", does = function()
    return callback.safe.handler({ on_report = print, lease = 0 })
  end },
  { "kind", '"dlr"', '"sms"', does = function() return callback.safe.handler({ on_report = print, kind = "sms" }) end },
  { "store", '"dict"', "lua_shared_dict", does = function()
    return callback.safe.handler({ on_report = print, store = "dict" })
  end },
  { "store", "get, set, lock and unlock", does = function()
    return callback.safe.handler({ on_report = print, store = {} })
  end },
  { "on_resolved", "is missing from track", does = function() return pcall(tracking.new, {}) end },
  { "the client is closed", "a new one", does = function(client)
    client:close()
    return client:status("1")
  end },
}

local function text_of(_, err)
  return err == nil and "no error" or tostring(err)
end

--- All of them that need no server.
---@return { text: string, words: string[] }[]
function M.local_ones()
  local list = {}
  local function add(shown, words) list[#list + 1] = { text = shown, words = words } end
  for _, case in ipairs(OPTIONS) do
    local options = with({ token = M.TOKEN }, case[1])
    add(text_of(vertexsms.safe.new(options)), { unpack(case, 2) })
  end
  local client = vertexsms.safe.new({ token = M.TOKEN, base_url = "http://127.0.0.1:1", retry = false })
  for _, case in ipairs(calls()) do
    add(text_of(client[case.call[1]](client, unpack(case.call, 2, 4))), { unpack(case) })
  end
  for _, case in ipairs(ELSEWHERE) do add(text_of(case.does(client)), { unpack(case) }) end
  return list
end

return M
