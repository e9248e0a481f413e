local cjson = require("cjson")
local cli = require("spec.support.cli")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local server, numbers

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

setup(function()
  server = scripted.start()
  numbers = outboxes.new_path():match("^(.*)/") .. "/spring.txt"
  write(numbers, "37069912345\n+370 699 12346\n")
end)
teardown(function()
  server:stop()
  process.stop_all()
  outboxes.remove()
end)

local FINE = { body = '["1281532560"]' }

local function send(store, ...)
  return cli.run(server.url, { "send", "--from", "MyShop", "--message", "Hi", "--outbox", store, ... })
end

local function says(text, words) assert.is_truthy(text:find(words, 1, true), text) end

describe("vertexsms send --outbox", function()
  it("adds the messages of a file and sends them, and the same again sends none of them", function()
    local store = outboxes.new_path()
    server:script(FINE, FINE)
    local code, output, errors = send(store, "--to", "@" .. numbers)
    assert.same({ 0, "added 2 messages of campaign spring\n2 accepted\n" }, { code, output }, errors)
    code, output = send(store, "--to", "@" .. numbers)
    assert.same({ 0, "added 0 messages of campaign spring\n2 were there before\nnothing was sent\n" }, { code, output })
    local outbox = outboxes.open({ store = store })
    assert.equal("accepted", assert(outbox:get({ key = "spring/37069912346" })).state)
    outbox:close()
  end)

  it("says by its exit code what became of them", function()
    local store = outboxes.new_path()
    server:script({ status = 500, body = "{}" }, FINE)
    local code, output = send(store, "--to", "37069912345", "--to", "37069912346", "--campaign", "two", "--json")
    local lines = cli.lines(output)
    local added, totals = cjson.decode(lines[1]), cjson.decode(lines[2])
    assert.same({ 3, 2, "two", 1, 1 }, { code, added.added, added.campaign, totals.unknown, totals.accepted })
    server:script({ status = 400, body = "{}" })
    code, output = send(outboxes.new_path(), "--to", "37069912345", "--campaign", "three")
    assert.same({ 1, "added 1 messages of campaign three\n1 rejected\n" }, { code, output })
  end)

  it("says that the campaign has another text, and sends nothing", function()
    local store = outboxes.new_path()
    server:script(FINE)
    assert.equal(0, (send(store, "--to", "37069912345", "--campaign", "a")))
    local code, output, errors = send(store, "--to", "37069912345", "--campaign", "a", "--message", "x")
    assert.same({ 1, "" }, { code, output })
    says(errors, "give this one a name with --campaign")
  end)

  it("finds the conflict of a later message before it adds the first", function()
    local store, list = outboxes.new_path(), {}
    server:script(FINE)
    assert.equal(0, (send(store, "--to", "37069919999", "--campaign", "spring")))
    for i = 1, 1100 do list[i] = ("3706%07d"):format(i) end -- more than one step
    list[#list + 1] = "37069919999"
    local path = numbers .. ".many"
    write(path, table.concat(list, "\n"))
    for _, where in ipairs({ "@" .. path, "37069919999" }) do
      local words = { "--to", "37069912345", "--to", where, "--campaign", "spring", "--message", "x" }
      local code, output, errors = send(store, (rawget(table, "unpack") or rawget(_G, "unpack"))(words))
      assert.same({ 1, "" }, { code, output })
      says(errors, ("not sent: %s: the campaign already has another message for this number: it differs in message"
        .. " (another text)\n"):format(where:find("@") and "line 1101 of " .. path or '--to "37069919999"'))
      assert.is_nil(errors:find("messages were added", 1, true))
    end
    local outbox = outboxes.open({ store = store })
    assert.equal(1, assert(outbox:counts()).total)
    outbox:close()
  end)

  it("says in a dry run what would be refused, in the same words", function()
    local store = outboxes.new_path()
    server:script(FINE)
    assert.equal(0, (send(store, "--to", "37069912345", "--campaign", "a")))
    local code, output, errors = send(store, "--to", "37069912345", "--campaign", "a", "--message", "x", "--dry-run")
    assert.same({ 1, "" }, { code, output })
    assert.same({ select(3, send(store, "--to", "37069912345", "--campaign", "a", "--message", "x")) }, { errors })
    code, output, errors = send(store, "--to", "37069912345", "--campaign", ("x"):rep(200), "--dry-run")
    assert.same({ 1, "" }, { code, output })
    says(errors, "key must be at most 200 octets long")
  end)

  it("adds nothing where it cannot be right", function()
    local store = outboxes.new_path()
    for words, reason in pairs({
      ["--to 37069912345"] = "--campaign is missing", ["--to @-"] = "--campaign is missing",
      ["--to 37069912345 --campaign a --allow-duplicates"] = "--allow-duplicates cannot be used with --outbox",
      ["--to 37069912345 --campaign a --to 37069912345"] = "is the same number as",
      ["--to 37069912345 --campaign " .. ("x"):rep(200)] = "key must be at most 200 octets long",
    }) do
      local list = {}
      for word in words:gmatch("[^ ]+") do list[#list + 1] = word end
      local code, output, errors = send(store, (rawget(table, "unpack") or rawget(_G, "unpack"))(list))
      assert.same({ 1, "" }, { code, output }, words)
      says(errors, reason)
    end
    assert.is_nil(io.open(store))
    local code, _, errors = cli.run(server.url, { "send", "--to", "37069912345", "--from", "MyShop", "--message", "Hi",
      "--rate", "5" })
    assert.equal(1, code)
    says(errors, "--rate is an option of the outbox")
  end)

  it("adds nothing in a dry run", function()
    local store = outboxes.new_path()
    server:script({ body = '[{"status":"ok"}]' })
    local _, output = send(store, "--to", "@" .. numbers, "--dry-run")
    says(output, "nothing was sent: this was a dry run")
    assert.is_nil(io.open(store))
  end)
end)
