-- Tracking files of the versions before the store, which are taken over.

local calls = require("spec.support.calls")
local core = require("vertexsms.core")
local databases = require("vertexsms.tracking.database")
local hosts = require("vertexsms.host")
local process = require("spec.support.process")
local tracks = require("spec.support.tracked")

local blocking = hosts.pick("blocking")

teardown(function()
  process.stop_all()
  tracks.remove_files()
end)

local HEADER = ("vertexsms-tracking 1 %s\n"):format(("0"):rep(32))
local ENTRY = '{"expires":2000000000,"due":2000000000,"pending_until":0}'

local function line(id, entry) return ('{"k":"%s","v":%s}\n'):format(id, entry or ENTRY) end

-- As the old versions did, readable for this user alone.
local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  os.execute("chmod 600 " .. path)
end

-- What is in the folder beside the path, but for what SQLite and the store keep there.
local function beside(path)
  local names = {}
  for _, name in ipairs(process.lines_of("ls -d " .. path .. "*")) do
    local suffix = name:sub(#path + 1)
    if not (suffix == "" or suffix == "-wal" or suffix == "-shm" or suffix == "-next" or suffix == "-turn") then
      names[#names + 1] = suffix
    end
  end
  return table.concat(names, " ")
end

-- Opens it, and returns what was logged besides.
local function open(path)
  local database
  local said = calls.stderr_of(function() database = tracks.open(path) end)
  return database, said
end

describe("an old tracking file", function()
  local function taken_over(text)
    local path = tracks.new_path()
    write(path, text)
    local database = open(path)
    assert.equal(text, process.read_file(path .. ".migrated"))
    assert.equal(".migrated", beside(path))
    return tracks.ids_in(database), database, path
  end

  it("becomes a database, once, and stays under another name", function()
    local ids, _, path = taken_over(HEADER .. line("a") .. line("b") .. line("c") .. '{"k":"b"}\n')
    assert.equal("a c", ids)
    local again, said = open(path)
    assert.same({ "a c", "" }, { tracks.ids_in(again), said })
    assert.matches("^SQLite format 3", process.read_file(path))
  end)

  it("says where it has gone", function()
    local path = tracks.new_path()
    write(path, HEADER .. line("a"))
    local _, said = open(path)
    assert.matches(path .. ".migrated", said, 1, true)
  end)

  it("keeps all of its entries", function()
    local report = '{"id":"5","state":"delivered","final":true,"error":0,"reason":"no error","class":"ok"}'
    local entry = ('{"expires":253402300799,"due":5,"pending_until":7.5,"holder":12,"held_until":9,"report":%s}')
      :format(report)
    local _, database = taken_over(HEADER .. line("a", entry))
    database:change({ "a" }, function(_, found)
      assert.same({
        expires = 253402300799, due = 5, pending_until = 8, holder = 12, held_until = 9, report = {
          id = "5", state = "delivered", final = true, error = 0, reason = "no error", class = "ok",
        },
      }, found)
    end, blocking)
  end)

  it("may have been torn, or edited", function()
    local mark = "\239\187\191"
    assert.equal("a", (taken_over(mark .. HEADER .. line("a"))))
    assert.equal("a", (taken_over(HEADER .. mark .. line("a"))))
    assert.equal("a", (taken_over(HEADER .. line("a") .. line("b"):sub(1, -2))))
    assert.equal("", (taken_over(HEADER)))
    for _, length in ipairs({ 2, 10, 16, #HEADER - 1 }) do assert.equal("", (taken_over(HEADER:sub(1, length)))) end
    assert.equal("a", (taken_over(HEADER .. 'garbage\n\n{\n[]\n5\n{"k":5}\n{"k":"x","v":5}\n{"k":"x","v":{}}\n\0\0\n'
      .. '{"k":"x","v":{"expires":1,"due":NaN,"pending_until":1}}\n{"k":"\255","v":' .. ENTRY .. "}\n"
      .. '{"k":"x","v":{"expires":"1","due":1,"pending_until":1}}\n'
      .. '{"k":"x","v":{"due":1e300,"expires":1,"pending_until":1}}\n'
      .. ("x"):rep(200 * 1024) .. "\n" .. line("a"))))
  end)

  it("may be large", function()
    local lines = { HEADER }
    for i = 1, 3000 do lines[#lines + 1] = line(("%04d"):format(i)) end
    assert.equal(3000 * 5 - 1, #(taken_over(table.concat(lines))))
  end)

  -- To SQLite, a file of one octet is an empty one.
  it("is left alone where it is something else", function()
    for _, text in ipairs({
      "{}\n", "\n\n", "password=x", "vertexsms-tracking-notes\n", "vertexsms-trackinX", "\0\0",
    }) do
      local path = tracks.new_path()
      write(path, text)
      local made, err = databases.new(path, blocking)
      assert.is_nil(made)
      assert.equal("invalid_argument store", err.kind .. " " .. err.field)
      assert.equal(text, process.read_file(path))
      assert.equal("", beside(path))
    end
  end)

  it("that is empty is a new one", function()
    local path = tracks.new_path()
    write(path, "")
    assert.equal("", tracks.ids_in((open(path))))
    assert.equal("", beside(path))
  end)

  it("is waited for while a process of the old version has it", function()
    local path = tracks.new_path()
    write(path, HEADER .. line("a"))
    local holder = process.start({ "flock", "-F", path, "sh", "-c", "echo locked; exec sleep 60" })
    holder:expect("^(locked)$")
    local made, err = databases.new(path, blocking)
    assert.is_nil(made)
    assert.matches("another process keeps it locked", err.message, 1, true)
    holder:stop()
    local append = process.start({ "flock", "-F", path, "sh", "-c",
      ("echo locked; sleep 0.3; printf %%s '%s' >> %s"):format(line("b"), path) })
    append:expect("^(locked)$")
    assert.equal("a b", tracks.ids_in((open(path))))
    append:wait()
  end)

  it("is taken over by one of many processes that begin at the same time", function()
    local path, started = tracks.new_path(), {}
    write(path, HEADER .. line("a") .. line("b"))
    for i = 1, 6 do
      started[i] = process.start({ process.lua(), "-e", ([[
        local hosts = require("vertexsms.host")
        local host = hosts.pick("blocking")
        local database = assert(require("vertexsms.tracking.database").new(%q, host))
        local entry = { pending_until = 0, expires = 2000000000, due = 2000000000 }
        assert(next(database:add({ ["c%d"] = entry }, host)) == nil)
        print("added")
      ]]):format(path, i) })
    end
    for _, one in ipairs(started) do one:expect("^(added)$") end
    assert.equal("a b c1 c2 c3 c4 c5 c6", tracks.ids_in((open(path))))
    assert.equal(".migrated", beside(path))
  end)

  -- Dies before the n-th thing that it does to a file or a store, and prints a line when it comes to the end.
  local KILLED = [[
    local path, left = %q, %d
    local core = require("vertexsms.core")
    local function countdown(where, name)
      local before = where[name]
      where[name] = function(...)
        left = left - 1
        if left == 0 then
          io.stdout:flush()
          os.execute("kill -9 " .. core.process_id())
        end
        return before(...)
      end
    end
    local file = assert(core.old_file(path))
    local methods = debug.getmetatable(file).__index
    file:close()
    for _, name in ipairs({ "read", "give_way", "close" }) do countdown(methods, name) end
    local store = core.store({ path = path .. "-other" })
    for _, name in ipairs({ "perform", "close" }) do countdown(debug.getmetatable(store).__index, name) end
    for _, name in ipairs({ "old_file", "store" }) do countdown(core, name) end
    countdown(os, "remove")
    assert(require("vertexsms.tracking.database").new(path, require("vertexsms.host").pick("blocking")))
    print("opened")
  ]]

  it("is taken over rightly after a process that was killed at any instant", function()
    if process.lua() ~= "luajit" then return end -- some 30 processes
    local text, count, is_opened = HEADER .. line("a") .. line("b"), 0, false
    while not is_opened do
      count = count + 1
      local path = tracks.new_path()
      write(path, text)
      local _, output, problems = process.run({ process.lua(), "-e", KILLED:format(path, count) })
      is_opened = output == "opened\n"
      assert.is_true(is_opened or output == "", output .. problems)
      local database = open(path)
      assert.equal("a b", tracks.ids_in(database), "killed before step " .. count)
      assert.equal(text, process.read_file(path .. ".migrated"))
      assert.equal(".migrated", beside(path))
    end
    assert.is_true(count > 15, "steps: " .. count)
  end)

  it("is taken over rightly after a process that was killed at random", function()
    if process.lua() ~= "luajit" then return end
    local lines = { HEADER }
    for i = 1, 2000 do lines[#lines + 1] = line(("%04d"):format(i)) end
    local text, killed = table.concat(lines), 0
    for i = 1, 12 do
      local path = tracks.new_path()
      write(path, text)
      local one = process.start({ process.lua(), "-e", ([[
        print("begins")
        io.stdout:flush()
        require("vertexsms.tracking.database").new(%q, require("vertexsms.host").pick("blocking"))
        print("opened")
      ]]):format(path) })
      one:expect("^(begins)$")
      core.sleep(i * 0.005)
      one:signal("KILL")
      if not one:output():find("opened", 1, true) then killed = killed + 1 end
      one:wait()
      assert.equal(2000 * 5 - 1, #tracks.ids_in((open(path))))
      assert.equal(".migrated", beside(path))
    end
    assert.is_true(killed > 2, "killed: " .. killed)
  end)

  it("is read beyond what 32 bits count", function()
    local path, far = tracks.new_path(), 2 ^ 32 + 5
    write(path, HEADER)
    local handle = assert(io.popen(("dd of=%s bs=1 seek=%.0f conv=notrunc 2>/dev/null"):format(path, far), "w"))
    handle:write("behind it")
    handle:close()
    local file = assert(core.old_file(path))
    assert.equal("behind it", file:read(far, 20))
    assert.equal("it", file:read(far + 7, 20))
    assert.has_error(function() file:read(-1, 20) end)
    file:close()
  end)

  it("stops the processes of the old version that have it open", function()
    local path = tracks.new_path()
    write(path, HEADER .. line("a"))
    local database = open(path)
    -- What they do for each step: open, lock, look at the first line. It is not theirs, and they leave it alone.
    local header = io.popen(("flock %s head -c 21 %s"):format(path, path)):read("*a")
    assert.not_equal("vertexsms-tracking 1 ", header)
    assert.equal("a", tracks.ids_in(database))
  end)
end)
