--- Whole and well-formed HTTP answers whose body is not what a client hopes for.

local answer = require("fault_server.answer")
local gzip = require("fault_server.gzip")
local scenario = require("fault_server.scenario")

local MIB = 1024 * 1024
local DEPTH = 10000

local bodies = {}

local function whole(status, body, fields)
  return scenario.answering(function()
    return answer.whole(status, body, fields)
  end)
end

local TEXTS = {
  ["null-200"] = "null",
  ["true-200"] = "true",
  ["string-200"] = '"1281532560"',
  ["object-200"] = "{}",
  ["empty-array-200"] = "[]",
  ["wrong-types-200"] = '[true,{"a":1}]',
  ["null-ids-200"] = "[null]",
  ["empty-id-200"] = '[""]',
  ["number-ids-200"] = "[1281532560]",
  ["float-ids-200"] = "[1.5]",
  ["big-number-ids-200"] = "[12815325601281532560]",
  ["many-ids-200"] = '["1281532560","1281532561","1281532562"]',
  ["error-200"] = '{"message":"Something went wrong"}',
  ["deep-json-200"] = ("["):rep(DEPTH) .. ("]"):rep(DEPTH),
  ["invalid-utf8-200"] = '["\255\254\192\128"]',
  ["duplicate-keys-200"] = '{"id":"1","id":"2","message":"a","message":"b"}',
  ["nul-200"] = '["12815\0 32560"]\0\0',
  ["trailing-200"] = '["1281532560"] and more',
  ["bom-200"] = '\239\187\191["1281532560"]',
  ["truncated-json-200"] = '["12815325',
  ["empty-200"] = "",
}

for name, text in pairs(TEXTS) do
  bodies[name] = whole(200, text)
end

bodies["html-200"] = whole(200, answer.HTML, { "Content-Type: text/html" })
bodies["plain-text-200"] = whole(200, "123", { "Content-Type: plain/text" })
bodies["no-content-204"] = whole(204, "")
bodies["created-201"] = whole(201, '["1281532560"]')
bodies["accepted-202"] = whole(202, '["1281532560"]')
bodies["deep-json-400"] = whole(400, ('{"message":'):rep(DEPTH) .. "1" .. ("}"):rep(DEPTH))
bodies["invalid-utf8-400"] = whole(400, '{"message":"\255\254 field \'from\'"}')
bodies["nul-400"] = whole(400, '{"message":"a\0b"}')
bodies["control-bytes-400"] = whole(400, '{"message":"line\\r\\nX-Injected: yes\\u001b[31mred"}')

-- A body of 5 MiB, written in pieces so that a client that hangs up half-way is noticed.
local function huge(status, first, last)
  return scenario.each(function(connection)
    local length = #first + 5 * MIB + #last
    local going = connection:send(answer.head(status, {
      "Content-Type: application/json", ("Content-Length: %d"):format(length),
    }) .. first)
    for _ = 1, 80 do
      going = going and connection:send(("h"):rep(65536))
    end
    return going and connection:send(last)
  end)
end

bodies["huge-body"] = huge(200, '["', '"]')
bodies["huge-body-400"] = huge(400, '{"message":"', '"}')
bodies["huge-body-503"] = huge(503, '{"message":"', '"}')

--- As huge-body, without a declared length to be warned by.
bodies["huge-chunked"] = scenario.each(function(connection)
  local chunk = "10000\r\n" .. ("h"):rep(65536) .. "\r\n"
  local going = connection:send(answer.head(200, { "Transfer-Encoding: chunked" }))
  for _ = 1, 80 do
    going = going and connection:send(chunk)
  end
  return going and connection:send("0\r\n\r\n")
end)

--- About 330 KiB that inflate to 50 MiB of zero bytes.
bodies["gzip-bomb"] = scenario.answering(function()
  local fields = { "Content-Type: application/json", "Content-Encoding: gzip" }
  return answer.whole(200, gzip.zeros(50 * MIB), fields)
end)

return bodies
