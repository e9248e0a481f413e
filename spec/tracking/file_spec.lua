local core = require("vertexsms.core")
local files = require("vertexsms.tracking.file")
local process = require("spec.support.process")
local tracks = require("spec.support.tracked")

teardown(function()
  process.stop_all()
  tracks.remove_files()
end)

local function write(path, text, mode)
  local file = assert(io.open(path, mode or "ab"))
  file:write(text)
  file:close()
end

local HEADER = ("vertexsms-tracking 1 %s\n"):format(("0"):rep(32))

describe("the file store", function()
  local function entry() return { pending_until = 0, expires = 2000000000, due = 2000000000 } end

  local function put(store, id, value)
    store:change(id, function() return value == nil and entry() or value, true end)
  end

  local function ids(store)
    local list = store:due(math.huge, math.huge)
    table.sort(list)
    return table.concat(list, " ")
  end

  local function open(path) return assert(files.new(path)) end

  -- What a journal is asked to do, in order.
  local function watch(names)
    local journal = assert(core.journal(tracks.new_path(), 1))
    local methods = debug.getmetatable(journal).__index
    journal:close()
    local asked, before = {}, {}
    for _, name in ipairs(names) do
      before[name] = methods[name]
      methods[name] = function(...)
        asked[#asked + 1] = name
        return before[name](...)
      end
    end
    return asked, function()
      for name, method in pairs(before) do methods[name] = method end
    end
  end

  it("shows one process what another has written", function()
    local path = tracks.new_path()
    local one, other = open(path), open(path)
    put(one, "a")
    put(other, "b")
    assert.equal("a b", ids(one))
    put(other, "a", false)
    assert.equal("b", ids(one))
    assert.equal("b", ids(open(path)))
  end)

  it("reads a file that an editor has put a byte order mark into", function()
    local path = tracks.new_path()
    put(open(path), "a")
    local whole, mark = process.read_file(path), "\239\187\191"
    write(path, mark .. whole, "wb")
    assert.equal("a", ids(open(path)))
    write(path, whole:sub(1, 54) .. mark .. whole:sub(55), "wb")
    assert.equal("a", ids(open(path)))
  end)

  it("ignores a last line that is torn, and loses nothing that is written after it", function()
    local path = tracks.new_path()
    put(open(path), "a")
    local whole = process.read_file(path)
    for length = #whole, #whole * 2 - #"vertexsms-tracking 1 " - 33, 7 do
      write(path, whole, "wb")
      write(path, whole:sub(55, 54 + length - #whole))
      local store = open(path)
      assert.equal("a", ids(store))
      put(store, "b")
      assert.equal("a b", ids(store))
      put(store, "c")
      assert.equal("a b c", ids(store))
      assert.equal("a b c", ids(open(path)))
    end
  end)

  it("ignores garbage, whatever it is", function()
    local path = tracks.new_path()
    write(path, HEADER .. "garbage\n\n{\n[]\n5\n{\"k\":5}\n{\"k\":\"x\",\"v\":5}\n{\"k\":\"x\",\"v\":{}}\n\0\0\0\n")
    local store = open(path)
    assert.equal("", ids(store))
    put(store, "a")
    assert.equal("a", ids(open(path)))
    write(path, ("x"):rep(300 * 1024)) -- more than is looked through at once, and no line
    put(store, "b")
    assert.equal("a b", ids(open(path)))
    write(path, '{"k":"x","v":{"expires":1,"due":NaN,"pending_until":1}}\n')
    assert.equal("a b", ids(open(path)))
  end)

  it("leaves a file alone that is not its own", function()
    for _, text in ipairs({ "{}\n", "\n", "password=x", "vertexsms-tracking-notes\n", "vertexsms-trackinX", "\0" }) do
      local path = tracks.new_path()
      write(path, text)
      local store, err = files.new(path)
      assert.is_nil(store)
      assert.equal("invalid_argument store", err.kind .. " " .. err.field)
      assert.matches("is not a tracking file", err.message, 1, true)
      assert.equal(text, process.read_file(path))
    end
  end)

  it("appends nothing where another file has taken its place", function()
    local path = tracks.new_path()
    local store = open(path)
    put(store, "a")
    write(path, "password=x\n", "wb")
    assert.has_error(function() put(store, "b") end)
    assert.has_error(function() store:due(math.huge, 1) end)
    assert.equal("password=x\n", process.read_file(path))
  end)

  it("goes on with a file whose first line was torn", function()
    for length = 1, #HEADER - 1 do
      local path = tracks.new_path()
      write(path, HEADER:sub(1, length))
      put(open(path), "a")
      put(open(path), "b")
      assert.equal("a b", ids(open(path)))
    end
  end)

  it("compacts, and the other process notices", function()
    local path = tracks.new_path()
    local one, other = open(path), open(path)
    for i = 1, 9 do put(one, "kept" .. i) end
    put(one, "gone")
    assert.equal("gone kept1 kept2 kept3 kept4 kept5 kept6 kept7 kept8 kept9", ids(other))
    put(one, "gone", false)
    local kept = ids(one)
    for _ = 1, 6000 do
      one:change("b", function() return entry() end)
      one:change("b", function() return false end)
    end
    assert.is_true(#process.read_file(path) < 300 * 1024)
    assert.equal(kept, ids(other))
    put(other, "c")
    assert.equal("c " .. kept, ids(one))
    assert.equal("c " .. kept, ids(open(path)))
    assert.matches("^vertexsms%-tracking 1 %x+\n{", process.read_file(path))
  end)

  it("does not compact while a line is not read yet, nor where little is to be gained", function()
    local path = tracks.new_path()
    put(open(path), "a")
    local whole = process.read_file(path)
    write(path, whole:sub(55):rep(4000) .. "torn")
    local store = open(path)
    put(store, "b")
    assert.equal("a b", ids(open(path)))
    put(store, "c")
    assert.is_true(#process.read_file(path) < 4096)
    assert.equal("a b c", ids(open(path)))
    for i = 1, 4000 do store:change("id" .. i, function() return entry() end) end
    local asked, stop = watch({ "replace" })
    for i = 1, 10 do put(store, "more" .. i) end
    stop()
    assert.same({}, asked)
  end)

  it("is not made by nginx's master", function()
    local before, phase = rawget(_G, "ngx"), "init"
    rawset(_G, "ngx", { get_phase = function() return phase end })
    local path = tracks.new_path()
    local in_master = files.new(path)
    local file = io.open(path)
    phase = "content"
    local in_worker = files.new("/nonexistent/file")
    rawset(_G, "ngx", before)
    assert.is_nil(file)
    assert.is_nil(in_worker)
    put(in_master, "a")
    assert.equal("a", ids(in_master))
  end)

  it("is readable for its user alone", function()
    local path = tracks.new_path()
    put(open(path), "a")
    local pipe = io.popen("stat -c %a " .. path)
    assert.equal("600", pipe:read("*l"))
    pipe:close()
  end)

  it("takes an entry for one only when it is whole", function()
    local path = tracks.new_path()
    write(path, HEADER)
    for _, value in ipairs({ '{"expires":1,"due":1}', '{"expires":1,"pending_until":1}', '{"due":1,"pending_until":1}',
      '{"expires":"1","due":1,"pending_until":1}', "[]", "true" }) do
      write(path, ('{"k":"x","v":%s}\n'):format(value))
    end
    assert.equal("", ids(open(path)))
    write(path, '{"k":"x","v":{"expires":1,"due":1,"pending_until":1}}\n')
    assert.equal("x", ids(open(path)))
  end)

  it("goes on with whatever file it finds", function()
    local path, other = tracks.new_path(), tracks.new_path()
    local one, two = open(path), open(path)
    put(one, "a")
    put(two, "b")
    write(path, "", "wb")
    assert.equal("", ids(one))
    put(one, "c")
    assert.equal("c", ids(two))
    put(open(other), "d")
    put(open(other), "e")
    assert.is_true(os.rename(other, path))
    assert.equal("d e", ids(one))
    local whole = process.read_file(path)
    write(path, whole:sub(1, -5), "wb")
    assert.equal("d", ids(two))
    assert.equal("d", ids(one))
    put(two, "f")
    assert.equal("d f", ids(one))
    os.remove(path)
    assert.equal("", ids(one))
    put(two, "g")
    assert.equal("g", ids(one))
  end)

  it("takes no more than it can, and says so", function()
    local path = tracks.new_path()
    local lines = { [0] = HEADER }
    for i = 1, 100000 do lines[i] = ('{"k":"%d","v":{"expires":1,"due":1,"pending_until":1}}\n'):format(i) end
    write(path, table.concat(lines, "", 0))
    local store = open(path)
    assert.has_error(function() put(store, "a") end,
      "too many sends of unknown outcome are open: this one is not tracked")
    put(store, "5")
    put(store, "6", false)
    put(store, "a")
    assert.equal(100000, #store:due(math.huge, math.huge))
  end)

  it("waits for the disk when it is told to", function()
    local store = open(tracks.new_path())
    local asked, stop = watch({ "append", "sync" })
    store:change("a", function() return entry() end)
    store:change("b", function() return entry(), true end)
    store:change("b", function() return nil, true end)
    store:change("c", function() return false, true end)
    store:change("b", function() return false, true end)
    stop()
    assert.same({ "append", "append", "sync", "append", "sync" }, asked)
  end)

  it("does without compaction where there is no room for it", function()
    local path = tracks.new_path()
    local store = open(path)
    local function churn(count)
      for _ = 1, count do
        store:change("b", function() return entry() end)
        store:change("b", function() return false end)
      end
    end
    put(store, "kept")
    os.execute("mkdir -p " .. path .. ".new/taken")
    local asked, stop = watch({ "replace" })
    churn(4000)
    stop()
    assert.equal(1, #asked)
    assert.is_true(#process.read_file(path) > 270 * 1024)
    assert.equal("kept", ids(store))
    os.execute("rm -r " .. path .. ".new")
    churn(5000)
    assert.is_true(#process.read_file(path) < 256 * 1024)
    assert.equal("kept", ids(store))
    assert.equal("kept", ids(open(path)))
  end)

  it("loses nothing that it has taken when the disk is full", function()
    local path = tracks.new_path()
    local script = ([[
      local store = require("vertexsms.tracking.file").new(%q)
      for i = 1, 50 do
        local entry = { pending_until = 0, expires = 1, due = 1 }
        if pcall(store.change, store, "id" .. i, function() return entry end) then print("id" .. i) end
      end
      print(pcall(store.change, store, "a", function() return { expires = 1 } end))
    ]]):format(path)
    -- A limit of a file's size in blocks of 512 octets: the last one takes a part of a line, as a full disk does.
    local limited = { "sh", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$0" "$@"', process.lua(), "-e", script }
    local _, output = process.run(limited)
    assert.matches("false%s+cannot write [^\n]* File too large\n$", output)
    local taken = {}
    for id in output:gmatch("(id%d+)\n") do taken[#taken + 1] = id end
    assert.is_true(#taken > 10 and #taken < 50)
    assert.not_matches("\n$", process.read_file(path))
    table.sort(taken)
    assert.equal(table.concat(taken, " "), ids(open(path)))
    put(open(path), "more")
    assert.equal(table.concat(taken, " ") .. " more", ids(open(path)))
  end)

  it("looks through what others have written without keeping them waiting", function()
    local path = tracks.new_path()
    local store, writer = open(path), open(path)
    put(store, "first")
    for i = 1, 4000 do writer:change("id" .. i, function() return entry() end) end
    local asked, stop = watch({ "append", "close" })
    put(store, "last")
    stop()
    assert.same({ "close", "append", "close" }, asked)
    assert.equal(4002, #store:due(math.huge, math.huge))
  end)

  it("waits no longer than a moment for a process that was stopped with it", function()
    local path = tracks.new_path()
    local store = open(path)
    local holder = process.start({ process.lua(), "-e", ([[
      local core = require("vertexsms.core")
      local journal = assert(core.journal(%q, 10))
      print("pid", core.process_id())
      io.stdout:flush()
      os.execute("kill -STOP " .. core.process_id())
      journal:close()
    ]]):format(path) })
    local pid = holder:expect("^pid%s(%d+)$")
    os.execute(("until grep -q 'State:.T' /proc/%s/status; do :; done"):format(pid))
    local started = core.now()
    assert.has_error(function() put(store, "a") end)
    local first = core.now() - started
    for _ = 1, 10 do
      assert.has_error(function() put(store, "a") end,
        ("cannot open %s: another process has held its lock for 1 ms"):format(path))
    end
    local all = core.now() - started
    os.execute("kill -CONT " .. pid)
    holder:wait()
    put(store, "b")
    assert.equal("b", ids(store))
    assert.is_true(first >= 0.1 and first < 2, tostring(first))
    assert.is_true(all - first < 0.5, tostring(all - first))
  end)
end)
