local files = require("vertexsms.tracking.file")
local process = require("spec.support.process")
local tracks = require("spec.support.tracked")

teardown(tracks.remove_files)

local function write(path, text, mode)
  local file = assert(io.open(path, mode or "ab"))
  file:write(text)
  file:close()
end

describe("the file store", function()
  local function entry(expires) return { phase = "unknown", pending_until = 0, expires = expires or 2000000000 } end

  local function put(store, id, value)
    store:change(id, function() return value == nil and entry() or value end, true)
  end

  local function ids(store)
    local list = {}
    for id in pairs(store:entries()) do list[#list + 1] = id end
    table.sort(list)
    return table.concat(list, " ")
  end

  local function open(path) return assert(files.new(path)) end

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
    write(path, "garbage\n\n{\n[]\n5\n{\"k\":5}\n{\"k\":\"x\",\"v\":5}\n{\"k\":\"x\",\"v\":{}}\n\0\0\0\n")
    local store = open(path)
    assert.equal("", ids(store))
    put(store, "a")
    assert.equal("a", ids(open(path)))
  end)

  it("compacts, and the other process notices", function()
    local path = tracks.new_path()
    local one, other = open(path), open(path)
    put(one, "gone")
    put(one, "kept")
    assert.equal("gone kept", ids(other))
    put(one, "gone", false)
    for _ = 1, 6000 do
      one:change("b", function() return entry() end)
      one:change("b", function() return false end)
    end
    assert.is_true(#process.read_file(path) < 300 * 1024)
    assert.equal("kept", ids(other))
    put(other, "c")
    assert.equal("c kept", ids(one))
    assert.equal("c kept", ids(open(path)))
  end)

  it("is readable for its user alone", function()
    local path = tracks.new_path()
    put(open(path), "a")
    local pipe = io.popen("stat -c %a " .. path)
    assert.equal("600", pipe:read("*l"))
    pipe:close()
  end)
end)
