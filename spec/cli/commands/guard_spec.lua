local cjson = require("cjson")
local cli = require("spec.support.cli")
local process = require("spec.support.process")
local simulators = require("spec.support.simulator")
local stores = require("spec.support.stores")

if not stores.are_built then return end

local simulator, folder

setup(function() simulator, folder = simulators.start(), stores.folder() end)
teardown(function()
  process.stop_all()
  stores.remove(folder)
end)

local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "w"))
  file:write((text:gsub("FOLDER", folder)))
  file:close()
  return path
end

-- With an environment of its own.
local function run(environment, ...)
  local env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = simulator.url }
  for name, value in pairs(environment) do env[name] = value end
  return process.run({ process.lua(), "bin/vertexsms", ... }, { env = env })
end

local function send(environment, ...)
  return run(environment, "send", "--to", "37069912345", "--from", "MyShop", "--message", "Hi", ...)
end

describe("the guard of the command line", function()
  it("counts from one command to the next, and says what is used", function()
    local path = write("count.json", [=[
      { "per_recipient": [[2, 600]], "budget": { "price": "0.50", "seconds": 3600 }, "store": "FOLDER/count.db" }]=])
    assert.equal(0, (send({}, "--guard", path)))
    assert.equal(0, (send({ VERTEXSMS_GUARD = path })))
    local code, _, errors = send({}, "--guard", path)
    assert.equal(2, code)
    assert.matches("this recipient may have 2 messages", errors, 1, true)
    local _, output = run({}, "guard", "status", "--guard", path, "--to", "37069912345")
    assert.same({
      "RULE           USED  LIMIT  OF        SECONDS  ROOM IN",
      "per_recipient     2      2  messages      600",
      "budget         0.07   0.50  price        3600",
    }, { cli.lines(output)[1], (cli.lines(output)[2]:gsub(" +%d+ min$", "")), cli.lines(output)[3] })
    _, output = run({ VERTEXSMS_GUARD = path }, "guard", "status", "--json")
    assert.equal("0.07", cjson.decode(output).limits[2].used)
    code, output, errors = run({}, "guard", "status", "--guard", path, "--to", "069912345")
    assert.same({ 1, "" }, { code, output })
    assert.equal('failed: --to must be an international number, such as 37069912345, not "069912345"\n', errors)
    assert.equal(0, (run({}, "guard", "reset", "per_recipient", "--guard", path)))
    code, output, errors = run({}, "guard", "reset", "budgt", "--guard", path)
    assert.same({ 1, "" }, { code, output })
    assert.matches("budgt is not a rule of this guard (its rules: per_recipient, budget)", errors, 1, true)
    assert.equal(0, (send({}, "--guard", path)))
    _, output = run({}, "guard", "status", "--guard", path, "--json")
    assert.equal("0.105", cjson.decode(output).limits[2].used)
  end)

  it("counts in one store, wherever it is called from", function()
    local path = write("beside.json", '{ "budget": { "parts": 1, "seconds": 3600 }, "store": "./beside.db" }')
    local other = folder .. "/other"
    assert.equal(0, (process.run({ "mkdir", other })))
    local root = process.lines_of("pwd")[1]
    local function rooted(list) return (("" .. list):gsub("[^;]+", function(one)
      return one:sub(1, 1) == "/" and one or root .. "/" .. one
    end)) end
    local function run_there(...)
      return process.run({ "sh", "-c", 'cd "$0" && exec "$@"', other, process.lua(), root .. "/bin/vertexsms", ... },
        { env = { VERTEXSMS_TOKEN = cli.TOKEN, VERTEXSMS_BASE_URL = simulator.url, VERTEXSMS_GUARD = path,
          LUA_PATH = rooted(package.path), LUA_CPATH = rooted(package.cpath) } })
    end
    assert.equal(0, (send({ VERTEXSMS_GUARD = path })))
    local code, _, errors = run_there("send", "--to", "37069912345", "--from", "MyShop", "--message", "Hi")
    assert.equal(2, code, errors)
    assert.same({}, process.lines_of("ls " .. other))
    local _, output = run_there("guard", "status")
    assert.matches("\nstore: " .. folder .. "/beside.db\n", output, 1, true)
    _, output = run_there("guard", "status", "--json")
    assert.equal(folder .. "/beside.db", cjson.decode(output).store)
    _, output = run_there("doctor")
    assert.matches("the guard's store " .. folder .. "/beside.db can be written", output, 1, true)
  end)

  it("is tightened by an option, and never loosened", function()
    local strict = write("strict.json", '{ "allow": ["LV"], "max_parts": 1 }')
    local loose = write("loose.json", '{ "allow": ["LV", "LT"], "max_parts": 9 }')
    assert.equal(1, (send({ VERTEXSMS_GUARD = strict }, "--guard", loose)))
    assert.equal(1, (send({ VERTEXSMS_GUARD = strict }, "--max-parts", "9")))
    assert.equal(0, (send({ VERTEXSMS_GUARD = loose }, "--max-parts", "1")))
    local long = ("x"):rep(200)
    local code, _, errors = run({ VERTEXSMS_GUARD = loose }, "send", "--to", "37069912345", "--from", "MyShop",
      "--message", long, "--max-parts", "1", "--json")
    assert.equal(1, code, errors)
  end)

  it("refuses what costs too much", function()
    assert.equal(0, (send({}, "--max-price", "0.04")))
    local code, _, errors = send({}, "--max-price", "0.03")
    assert.equal(1, code)
    assert.matches("the message costs 0.035, and max_price of the guard is 0.03", errors, 1, true)
  end)

  it("sends nothing where VERTEXSMS_LIVE is 0", function()
    local code, _, errors = send({ VERTEXSMS_LIVE = "0" })
    assert.equal(1, code)
    assert.matches("VERTEXSMS_LIVE", errors, 1, true)
    assert.equal(0, (send({ VERTEXSMS_LIVE = "0" }, "--test-mode", "1")))
    code = run({ VERTEXSMS_LIVE = "0" }, "request", "POST", "/sms", "--data",
      '{"to":"37069912345","from":"MyShop","message":"Hi"}')
    assert.equal(1, code)
  end)

  it("says what is wrong with a file", function()
    for content, words in pairs({
      ["{"] = "is not JSON", ["[]"] = "must be a JSON object", ['{ "alow": [] }'] = 'did you mean "allow"',
      ['{ "duplicate": 60 }'] = "the guard's duplicate needs a store",
      ['{ "allow": null }'] = "allow must be",
      ['{ "allow": ["LT"],\n\n"allow": ["DE"] }'] = '.json has "allow" twice in one object, in lines 1 and 3',
    }) do
      local code, _, errors = send({}, "--guard", write("wrong.json", content))
      assert.equal(1, code)
      assert.matches(words, errors, 1, true)
    end
    local code, _, errors = send({ VERTEXSMS_GUARD = folder .. "/none.json" })
    assert.equal(1, code)
    assert.matches("VERTEXSMS_GUARD: cannot read", errors, 1, true)
    code, _, errors = run({}, "guard", "status")
    assert.equal(1, code)
    assert.matches("give --guard FILE, or set VERTEXSMS_GUARD", errors, 1, true)
  end)
end)
