-- A worker on a small disk, on one that is read-only, and with its file gone.
--
-- The disks are tmpfs, mounted where only the program of the spec sees them. Where that is not allowed, it is skipped.

local fault_servers = require("spec.support.faults")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")

local message = outboxes.message
local faults, client

setup(function()
  faults = fault_servers.start()
  client = require("vertexsms").safe.new({
    token = "token-of-a-small-disk", base_url = faults:url("ok"), host = "blocking",
  })
end)
before_each(function() faults:reset() end)
teardown(function()
  client:close()
  faults:stop()
  outboxes.remove()
end)

local DISK = [[mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" && shift && exec "$@"]]

local function words_for(folder, ...)
  return { "unshare", "--map-root-user", "--mount", "sh", "-c", DISK, "sh", folder, ... }
end

local function can_mount(folder) return (process.run(words_for(folder, "true"))) == 0 end

-- Runs a program with a folder that is a disk of a mebibyte, and returns what it printed.
local function run_on_disk(program)
  local folder = outboxes.new_path()
  assert(os.execute("mkdir " .. folder))
  if not can_mount(folder) then return pending("a disk cannot be mounted here: unshare --map-root-user --mount") end
  local path = "package.path, package.cpath = " .. ("%q, %q\n"):format(package.path, package.cpath)
  local values = ("local FOLDER, URL = %q, %q\n"):format(folder, faults:url("ok"))
  local code, output, errors = process.run(words_for(folder, process.lua(), "-e", path .. values .. program))
  assert.equal(0, code, output .. errors)
  return output, errors
end

local FULL = [[
  local outboxes = require("vertexsms.outbox")
  local client = require("vertexsms").new({ token = "token-of-a-small-disk", base_url = URL, host = "blocking" })
  local outbox = outboxes.safe.open({ store = FOLDER .. "/o.db", client = client, host = "blocking" })
  local ballast = assert(io.open(FOLDER .. "/ballast", "w"))
  ballast:setvbuf("no")
  local function add(number)
    return outbox:add({ to = "37069912345", from = "MyShop", message = tostring(number) }, { key = tostring(number) })
  end
  for number = 1, 3 do assert(add(number)) end
  repeat until not ballast:write(("x"):rep(4096))
  local added, err = 3
  repeat
    local one
    one, err = add(added + 1)
    added = one and added + 1 or added
  until err
  print(err.code, err.outcome, err.message)
  local _, missing = outbox:get({ key = tostring(added + 1) })
  print(missing.kind, outbox:counts().queued == added)
  local failures, totals = 0
  client.host = setmetatable({ report = function() failures = failures + 1 end }, { __index = client.host })
  totals = outbox:run({ on_progress = function()
    if failures > 0 then outbox:stop() end
  end })
  print(totals and totals.accepted, outbox:counts().queued == added)
  ballast:close()
  os.remove(FOLDER .. "/ballast")
  assert(add(added + 1))
  totals = assert(outbox:run({ until_empty = true }))
  print(totals.accepted == added + 1, outbox:counts().accepted == added + 1)
  outbox:close()
]]

local READ_ONLY = [[
  local outboxes = require("vertexsms.outbox")
  local path = FOLDER .. "/o.db"
  outboxes.open({ store = path, host = "blocking" }):close()
  assert(os.execute("mount -o remount,ro " .. FOLDER))
  local outbox, err = outboxes.safe.open({ store = path, host = "blocking" })
  print(outbox, err.code, err.outcome, err.message)
]]

describe("an outbox", function()
  it("on a full disk keeps nothing of what it refuses, sends nothing, and goes on when there is room", function()
    local output = run_on_disk(FULL)
    if not output then return end
    local lines = {}
    for line in output:gmatch("[^\n]+") do lines[#lines + 1] = line end
    assert.matches("^full\tnot_sent\tthe store failed: no space on the disk of ", lines[1])
    assert.same({ "not_found\ttrue", "0\ttrue", "true\ttrue" }, { lines[2], lines[3], lines[4] })
    local seen = {}
    for _, text in ipairs(faults:seen("ok").messages) do
      assert.is_nil(seen[text])
      seen[text] = true
    end
  end)

  it("on a read-only disk says so when it is opened", function()
    local output = run_on_disk(READ_ONLY)
    if output then assert.matches("^nil\tread_only\tnot_sent\tthe store failed: ", output) end
  end)

  it("whose file is removed sends no more, says why, and makes no other in its place", function()
    local outbox = outboxes.open({ client = client })
    local path = outbox.store.handle:name()
    for number = 1, 3 do assert(outbox:add(message({ message = "removed " .. number }))) end
    assert(os.execute("rm " .. path .. "*"))
    local said = {}
    client.host = setmetatable({ report = function(text)
      said[#said + 1] = text
      outbox:stop()
    end }, { __index = client.host })
    local totals = outbox:run()
    client.host = getmetatable(client.host).__index
    assert.equal(0, totals.accepted)
    assert.matches("was removed or replaced while it was open (nothing was changed)", said[1], 1, true)
    local _, refusal = outbox:add(message(), { key = "later" })
    assert.same({ "unreachable", "not_sent" }, { refusal.code, refusal.outcome })
    assert.is_nil(io.open(path))
    assert.equal(0, #(faults:seen("ok").messages or {}))
    outbox:close()
  end)

  it("whose file is damaged says so, and nothing is sent", function()
    local path = outboxes.new_path()
    local outbox = outboxes.open({ store = path })
    for number = 1, 200 do assert(outbox:add(message({ message = ("damaged"):rep(20) .. number }))) end
    outbox:close()
    local file = assert(io.open(path, "r+b"))
    local size = file:seek("end")
    file:seek("set", 4096)
    file:write(("\0\255"):rep((size - 4096) / 2))
    file:close()
    local again, err = require("vertexsms.outbox").safe.open({ store = path, client = client, host = "blocking" })
    assert.is_nil(again)
    assert.same({ "store", "corrupt", "not_sent" }, { err.kind, err.code, err.outcome })
    assert.matches(path, err.message, 1, true)
  end)
end)
