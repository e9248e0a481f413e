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

  it("names what libcurl's headers are called", function()
    local code, output = make("CURL_CFLAGS=-nostdinc")
    assert.equal(2, code)
    assert.matches("no libcurl headers; .*libcurl4%-openssl%-dev", output)
  end)
end)
