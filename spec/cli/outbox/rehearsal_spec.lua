-- A dry run says whatever the import would refuse, in the same words, and refuses nothing else.

local cjson = require("cjson")
local cli = require("spec.support.cli")
local numbers = require("vertexsms.base.number")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")

local simulator

setup(function() simulator = simulators.start(nil, nil, 300) end) -- the command is run about a hundred times
teardown(function()
  process.stop_all()
  outboxes.remove()
end)

local FILE = "name,number\nAnn,+370 699 12345\nBob,37069912346\n"

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

local function run(store, file, options, env)
  local words = { "outbox", "import", "-", "--from", "MyShop", "--message", "Hi {name}", "--campaign", "spring" }
  for _, word in ipairs(options or {}) do words[#words + 1] = word end
  if store then words[#words + 1], words[#words + 2] = "--store", store end
  return cli.run(simulator.url, words, file, env)
end

-- Its exit code, and what it says is in the way.
local function refusal(store, file, options)
  local code, _, errors = run(store, file, options)
  return { code = code, says = (errors:gsub("^not sent: ", ""):gsub("^failed: ", "")) }
end

local function with(options, ...)
  local all = { ... }
  for _, word in ipairs(options or {}) do all[#all + 1] = word end
  return all
end

local function assert_same(what, store, file, options)
  local dry = refusal(store, file, with(options, "--dry-run"))
  local wet = refusal(store, file, options)
  assert.same(wet, dry, what)
  assert.is_true(wet.code ~= 0 and wet.says ~= "", what)
  return dry.says
end

local FILES = {
  ["no file at all"] = "", ["titles alone"] = "name,number\n", ["a number that is none"] = FILE .. "Eve,0699\n",
  ["no number"] = FILE .. "Eve\n", ["another text for a number"] = FILE .. "Eve,37069912346\n",
  ["a quote that does not end"] = FILE .. '"Eve,1\n', ["too many fields"] = FILE .. "Eve,37069912347,x\n",
  ["another column"] = "nam,number\nAnn,37069912345\n", ["not UTF-8"] = FILE .. "\255ve,37069912347\n",
  ["a text that is too long"] = FILE .. ("x"):rep(100000) .. ",37069912347\n",
  ["NUL in a text"] = FILE .. "E\0e,37069912347\n", ["UTF-16"] = "n\0a\0m\0e\0,\0n\0u\0m\0b\0e\0r\0\n\0",
  ["JSON without its number"] = '{"name":"Ann"}\n', ["no JSON"] = '{"name":"Ann","to":"37069912345"}\n{\n',
  ["JSON without a column"] = '{"to":"37069912345"}\n',
  ["JSON without a column that others have"] = '{"to":"37069912345","name":"x"}\n{"to":"37069912346"}\n',
  ["all kinds of things"] = FILE .. "Eve,x\n\255,37069912347\nAnna,37069912345\n",
}

local OPTIONS = {
  { "--campaign", ("x"):rep(200) }, { "--campaign", "\255" }, { "--send-before", "0" }, { "--send-before", "1e9" },
  { "--send-before", "-5" }, { "--to-column", "mobile" }, { "--expire-in", "1" }, { "--expire-in", "x" },
  { "--scheduled", "tomorrow" }, { "--dlr-url", "x" }, { "--coding", "7" }, { "--udh", "x" }, { "--correct-by", "xx" },
  { "--test-mode", "3" }, { "--from", "a sender that is too long" }, { "--message", "" }, { "--message", "@/nowhere" },
  { "--message", "Hi {nam}" },
}

describe("a dry run of an import", function()
  it("refuses the files that the import refuses, in the same words", function()
    for what, file in pairs(FILES) do
      local store = outboxes.new_path()
      assert_same(what, store, file)
      assert.is_nil(io.open(store), what)
    end
  end)

  it("refuses the options that the import refuses, in the same words", function()
    for _, options in ipairs(OPTIONS) do
      local store = outboxes.new_path()
      assert_same(table.concat(options, " "), store, FILE, options)
      assert.is_nil(io.open(store), options[1])
    end
  end)

  it("says of a key that is too long what it is made of, once", function()
    assert.equal(("line 2 of stdin: key must be at most 200 octets long, but has %d. It is the name of the campaign and"
      .. " the number: give another name with --campaign\n"):format(200 + #"/37069912345"),
      assert_same("key", outboxes.new_path(), FILE, { "--campaign", ("x"):rep(200) }))
    assert.equal(0, (run(outboxes.new_path(), FILE, { "--campaign", ("x"):rep(200 - #"/37069912345") })))
    assert.equal("--send-before must be from 0.001 to 2592000 seconds, not 0\n",
      assert_same("send_before", outboxes.new_path(), FILE, { "--send-before", "0" }))
  end)

  it("refuses the stores that the import refuses, in the same words", function()
    local store = outboxes.new_path()
    local folder = store:match("^(.*)/")
    assert_same("no store", nil, FILE)
    assert_same("an empty name", "", FILE)
    assert_same("a folder", folder, FILE)
    assert_same("another file", write(store, ("not a database "):rep(100)), FILE)
    assert_same("a server that is not there", "postgresql://127.0.0.1:1/x", FILE)
  end)

  it("says where another message of the campaign is there, in the same words", function()
    local store = outboxes.new_path()
    assert.equal(0, (run(store, "name,number\nEve,37069912346\n")))
    assert.matches("^line 3 of stdin: the campaign already has another message", assert_same("conflict", store, FILE))
    store = outboxes.new_path()
    assert.equal(0, (run(store, "name,number\nEve,37069912346\nEve,37069912345\n")))
    assert.matches("^line 2 of stdin: the campaign already has", assert_same("two conflicts", store, FILE))
  end)

  it("needs no token, as the import does not", function()
    local env = { VERTEXSMS_TOKEN = "" }
    local store = outboxes.new_path()
    local code, output, errors = run(store, FILE, { "--dry-run" }, env)
    assert.equal(0, code)
    assert.equal("2 rows, 2 messages, 2 parts\nnothing was added: this was a dry run\n", output)
    assert.matches("^the cost is not known: ", errors)
    code, output = run(store, FILE, { "--dry-run", "--json" }, env)
    local said = cjson.decode(output)
    assert.same({ 0, 2 }, { code, said.messages })
    assert.is_string(said.cost_error)
    assert.equal(0, (run(store, FILE, nil, env)))
  end)

  it("adds up the cost of many steps", function()
    local function cost_of(first, last)
      local lines = { "name,number" }
      for i = first, last do lines[#lines + 1] = ("Ann,3706991%04d"):format(i) end
      local _, output = run(outboxes.new_path(), table.concat(lines, "\n"), { "--dry-run", "--json" })
      local said = cjson.decode(output)
      assert.same({ last - first + 1, "EUR" }, { said.parts, said.currency })
      return numbers.read(said.cost)
    end
    assert.is_true(math.abs(cost_of(1, 2500) - cost_of(1, 900) - cost_of(901, 1800) - cost_of(1801, 2500)) < 1e-6)
  end)
end)
