-- What `make` says where something is missing.  It is asked once, not by every Lua.

local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

local function make(...)
  local code, output, errors = process.run({ "make", "BUILD=/nonexistent", ... })
  return code, output .. errors
end

describe("make", function()
  it("names the Luas whose headers it looked for", function()
    local code, output = make("LUAS=lua9.1 lua9.2")
    assert.equal(2, code)
    assert.matches("knows none of lua9%.1 lua9%.2; try 'make deps'", output)
  end)

  it("installs a command that finds its Lua and its modules, in any folder", function()
    local folder = os.tmpname()
    os.remove(folder)
    local code, _, errors = process.run({ "make", "install", "LUA=luajit", "PREFIX=" .. folder })
    assert.equal(0, code, errors)
    local output
    local words = { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", folder .. "/bin/vertexsms", "--version" }
    code, output, errors = process.run(words)
    assert.equal(0, code, errors)
    assert.equal(("vertexsms %s\n"):format(require("vertexsms").version), output)
    assert.matches("^#!/usr/bin/env luajit\n", process.read_file(folder .. "/bin/vertexsms"))
    os.execute("rm -rf " .. folder)
  end)

  it("names what libcurl's headers are called", function()
    local code, output = make("CURL_CFLAGS=-nostdinc")
    assert.equal(2, code)
    assert.matches("no libcurl headers; .*libcurl4%-openssl%-dev", output)
  end)
end)
