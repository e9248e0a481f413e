-- What `make` says where something is missing, and what it builds again. It is asked once, not by every Lua.

local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

local function make(...)
  local code, output, errors = process.run({ "make", "BUILD=/nonexistent", ... })
  return code, output .. errors
end

local function write_program(path, text)
  local file = assert(io.open(path, "w"))
  file:write("#!/bin/sh\n", text)
  file:close()
  assert(os.execute("chmod +x " .. path))
end

describe("make", function()
  it("names the Luas whose headers it looked for", function()
    local code, output = make("LUAS=lua9.1 lua9.2")
    assert.equal(2, code)
    assert.matches("missing: the headers of lua9%.1 or lua9%.2 ", output)
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
    local page = process.lines_of(("find %s -name index.html -o -name inbox.js -o -name inbox.css"):format(folder))
    assert.equal(3, #page)
    os.execute("rm -rf " .. folder)
  end)

  it("names what libcurl's headers are called", function()
    local code, output = make("CURL_CFLAGS=-nostdinc")
    assert.equal(2, code)
    assert.matches("the headers of libcurl 7%.80 or newer%.\n.*libcurl4%-openssl%-dev", output)
  end)

  it("refuses to install for a Lua that is not there, or is not what its headers are", function()
    local folder = os.tmpname()
    os.remove(folder)
    local function install(lua)
      local code, _, errors = process.run({ "env", ("PATH=%s/bin:%s"):format(folder, os.getenv("PATH")),
        "make", "install", "LUA=" .. lua, "BUILD=" .. folder .. "/build", "PREFIX=" .. folder .. "/installed" })
      assert.equal(2, code)
      assert.is_nil(io.open(folder .. "/installed"))
      return errors
    end
    assert.matches("missing: the program lua54 %(LUA=NAME names another%)", install("lua54"))
    os.execute(("mkdir -p %s/bin && ln -s $(command -v lua5.3) %s/bin/lua54"):format(folder, folder))
    assert.matches("the program lua54 is Lua 5%.3, its headers are 5%.4", install("lua54"))
    os.execute(("ln -s $(command -v lua5.3) %s/bin/lua5"):format(folder))
    assert.matches("missing: the headers of lua5 ", install("lua5"))
    os.execute("rm -rf " .. folder)
  end)

  describe("builds again", function()
    local folder

    --- A compiler that only says what it was asked for, and a pkg-config that knows every package.
    before_each(function()
      folder = os.tmpname()
      os.remove(folder)
      assert(os.execute("mkdir " .. folder))
      local compiler = [[
case "$1" in
  --version) echo "cc ${CC_VERSION:-1}" ;;
  -print-file-name=*) echo "/usr/lib/${1#*=}" ;;
  *)
    while [ $# -gt 1 ]; do
      [ "$1" != -o ] || { echo "$2" >>"$LOG"; : >"$2"; }
      shift
    done ;;
esac
]]
      write_program(folder .. "/cc", compiler)
      write_program(folder .. "/other-cc", compiler)
      write_program(folder .. "/pkg-config", '[ "$1" != --modversion ] || echo "${PACKAGE_VERSION:-1}"')
    end)
    after_each(function() os.execute("rm -rf " .. folder) end)

    --- What is built: { ["core/text/text.o"] = true, ... }
    local function built_with(variable, ...)
      local log = folder .. "/log"
      local words = { "env", "LOG=" .. log, variable, "make", "BUILD=" .. folder .. "/build", "LUAS=luajit",
        "LUA=luajit", "PKG_CONFIG=" .. folder .. "/pkg-config", "CC=" .. folder .. "/cc", ... }
      os.remove(log)
      local code, _, errors = process.run(words)
      assert.equal(0, code, errors)
      local found, file = {}, io.open(log)
      for line in file and file:lines() or function() end do found[line:match("/build/(.*)")] = true end
      if file then file:close() end
      return found
    end

    local function built(...) return built_with("A=", ...) end

    local EACH = {
      "core/text/text.o", "core/callback/secret.o", "luajit/text.o", "luajit/vertexsms/core.so", "spec/text_test",
    }

    local function assert_all(found)
      for _, name in ipairs(EACH) do assert.is_true(found[name], name .. " is stale") end
    end

    it("what was built in another way, and only that", function()
      local function all(...) return built("all", "c-test", ...) end
      assert_all(all())
      assert.same({}, all())
      for _, change in ipairs { "CFLAGS=-O1", "CRYPTO=n", "CC=" .. folder .. "/other-cc",
        "WARNINGS=-Wall" } do
        assert_all(all(change))
        assert.same({}, all(change))
        assert_all(all())
      end
    end)

    it("when packages change", function()
      assert_all(built("all", "c-test"))
      for _, change in ipairs { "CC_VERSION=2", "PACKAGE_VERSION=2", "CPATH=/opt/include" } do
        assert_all(built_with(change, "all", "c-test"))
        assert_all(built("all", "c-test"))
      end
    end)

    it("what is linked in another way, but compiles nothing for it", function()
      built("all", "c-test")
      for _, change in ipairs { "LDFLAGS=-s", "CURL_LIBS=-lcurl-gnutls", "POLLER=csrc/http/poller_poll.c" } do
        local found = built("all", "c-test", change)
        assert.is_true(found["luajit/vertexsms/core.so"] and found["spec/text_test"])
        assert.is_nil(found["core/text/text.o"])
        built("all", "c-test")
      end
    end)
  end)
end)
