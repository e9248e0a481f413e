-- Lines made at random out of good ones: whatever comes in, `vertexsms mcp` lives and answers, writes nothing but
-- JSON-RPC, and sends nothing.
--
-- On LuaJIT alone: other Luas read lines with the same core. SEED= repeats a run.

local cjson = require("cjson")
local clients = require("spec.support.mcp")
local json = require("vertexsms.json")
local message = require("spec.support.message")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")

local LINES = 2000
local SEED = tonumber(os.getenv("SEED")) or os.time()

if not rawget(_G, "jit") or not stores.are_built then return end

-- Park and Miller's
local function generator(seed)
  local state = seed % 2147483646 + 1
  return function(most)
    state = state * 16807 % 2147483647
    return state % most + 1
  end
end

-- The good ones. No mixture of them is a person's yes, so nothing may be sent; and none waits for long.
local function good_lines()
  local lines = {}
  local function add(method, params, id)
    lines[#lines + 1] = assert(json.encode({ jsonrpc = "2.0", id = id or #lines, method = method, params = params }))
  end
  local function call(name, arguments, more)
    local params = { name = name, arguments = arguments }
    for key, value in pairs(more or {}) do params[key] = value end
    add("tools/call", params)
    add("tools/call", clients.modern(params, { elicitation = {} }))
  end
  add("initialize", {
    protocolVersion = "2025-11-25", capabilities = { elicitation = {} }, clientInfo = { name = "a", version = "1" },
  }, "a")
  add("ping", nil, "")
  add("tools/list", { cursor = json.null })
  add("server/discover", clients.modern())
  add("tools/list", clients.modern())
  call("send_sms", message())
  call("send_sms", message { preview_token = "0" }, {
    requestState = ("0"):rep(32), inputResponses = { confirm = { action = "decline", content = { confirm = false } } },
  })
  call("preview_sms", message { message = "\226\130\172\\\"\n" })
  call("analyze_text", { message = "It\226\128\153s" })
  call("get_message_status", { id = "1" })
  call("wait_for_delivery", { id = "1", seconds = 1 })
  call("list_recent_sends", { count = 5 })
  call("hlr_lookup", { msisdn = "37069912345" })
  call("correct_phone_number", { number = "+370 699 12345" })
  call("register_sender", { name = "MyShop", type = "AlphaNumeric" })
  for _, line in ipairs({
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":11,"reason":"r"}}',
    '{"jsonrpc":"2.0","id":"question-1","result":{"action":"decline"}}',
    '{"jsonrpc":"2.0","id":"question-2","error":{"code":-32601,"message":"no"}}',
  }) do lines[#lines + 1] = line end
  return lines
end

local VALUES = {
  "null", "true", "0", "-0", "1.5", "1e400", "-1e-400", "9007199254740993", ("9"):rep(400), "[]", "{}", "[null]",
  '""', '"\\u0000"', '"\\ud800"', '"\255"', '"a\\nb"', '"' .. ("x"):rep(3000) .. '"', ("["):rep(200) .. ("]"):rep(200),
  '{"a":' .. ("["):rep(2000), '"io.modelcontextprotocol/protocolVersion"', '"question-1"', '"tools/call"', "NaN",
}
local OCTETS = '{}[]":,\\u0019eE+-. tfn\0\31\127\195\255'

-- Where a value begins and ends: after a colon, a comma or a bracket. Each is as likely as any other.
local function value_in(random, line)
  local places = {}
  for from in line:gmatch("[:,%[]()") do places[#places + 1] = from end
  if #places == 0 then return 1, #line end
  local from = places[random(#places)]
  local past = line:match("^%b{}()", from) or line:match("^%b[]()", from) or line:match('^"?[%w%-/+.]*"?()', from)
  return from, past - 1
end

local MUTATIONS = {
  function(random, line) -- an octet more
    local at, octet = random(#line), random(#OCTETS)
    return line:sub(1, at) .. OCTETS:sub(octet, octet) .. line:sub(at + 1)
  end,
  function(random, line) -- an octet less
    local at = random(#line)
    return line:sub(1, at - 1) .. line:sub(at + 1)
  end,
  function(random, line) -- another octet
    local at = random(#line)
    return line:sub(1, at - 1) .. string.char(random(256) - 1) .. line:sub(at + 1)
  end,
  function(random, line) return line:sub(1, random(#line)) end,
  function(random, line) return line:sub(1, random(#line)) .. line:sub(random(#line)) end,
  function(random, line, other) return line:sub(1, random(#line)) .. other:sub(random(#other)) end,
  function(random, line) -- a value for another
    local from, to = value_in(random, line)
    return line:sub(1, from - 1) .. VALUES[random(#VALUES)] .. line:sub(to + 1)
  end,
  function(random, line) -- a name or a value twice
    local from, to = value_in(random, line)
    return line:sub(1, to) .. line:sub(from, to) .. line:sub(to + 1)
  end,
  function(_, line) return "[" .. line .. "]" end,
}

-- Twice as often a value as anything else: it leaves the line JSON.
MUTATIONS[#MUTATIONS + 1] = MUTATIONS[7]

local function mutate(random, lines)
  local line = lines[random(#lines)]
  for _ = 1, random(random(3)) do
    if line ~= "" then line = MUTATIONS[random(#MUTATIONS)](random, line, lines[random(#lines)]) end
  end
  return line
end

local function is_id(id) return type(id) == "string" or type(id) == "number" and id % 1 == 0 end

-- Is it what JSON-RPC 2.0 calls a response, or one of the two things that the server may say by itself?
local function is_right(answer)
  if type(answer) ~= "table" or answer.jsonrpc ~= "2.0" then return false end
  if answer.method then
    if answer.method == "notifications/cancelled" then return answer.id == nil and is_id(answer.params.requestId) end
    return answer.method == "elicitation/create" and is_id(answer.id)
  end
  if answer.result then return type(answer.result) == "table" and answer.error == nil and is_id(answer.id) end
  local refusal = answer.error
  return type(refusal) == "table" and type(refusal.code) == "number" and type(refusal.message) == "string"
    and (answer.id == nil or is_id(answer.id))
end

describe("vertexsms mcp", function()
  local simulator

  setup(function() simulator = simulators.start(nil, nil, 120) end)
  teardown(function()
    process.stop_all()
    outboxes.remove()
  end)

  -- Reads until the ping with this ID is answered. Returns how many lines came before.
  local function read_until(client, id, line)
    local count = 0
    while true do
      local text = assert(client.process:line(), "nothing came after " .. line)
      local ok, answer = pcall(cjson.decode, text)
      assert(ok and is_right(answer), text .. "\nis wrong, after " .. line)
      if answer.id == id then return count end
      count = count + 1
    end
  end

  it(("outlives %d random lines, seed %d"):format(LINES, SEED), function()
    local random, lines = generator(SEED), good_lines()
    local client = clients.start { url = simulator.url, env = { VERTEXSMS_MCP_MODE = "live" } }
    client:shake_hands({ elicitation = {} })
    local count = 0
    for i = 1, LINES do
      local line, id = mutate(random, lines), "still-there-" .. i
      client:write(line .. '\n{"jsonrpc":"2.0","id":"' .. id .. '","method":"ping"}\n')
      count = count + read_until(client, id, line)
    end
    assert.is_true(count > LINES / 2)
    assert.equal(0, client:close())
    local _, answer = simulator:call("GET", "/_simulator/messages")
    assert.same({}, answer.messages)
  end)
end)
