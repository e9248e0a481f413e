-- Installing, and what is said before: `make install`, `make uninstall`, `make dist`, tools/deps.sh, the rockspec. They
-- are the same for every Lua, so one asks. That the tarball builds is looked at by `make rebuild`.

local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

local VERSION = require("vertexsms").version
local folder

local function shell(command)
  local code, output, errors = process.run({ "sh", "-c", command })
  return code, output, errors
end

local function must(command)
  local code, output, errors = shell(command)
  assert.equal(0, code, command .. "\n" .. output .. errors)
  return output, errors
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function files_in(path)
  return process.lines_of(("cd '%s' && find . -type f | LC_ALL=C sort"):format(path))
end

-- Without the time limit of a process in a spec; it is quick where all is built.
setup(function() assert(os.execute("make -s LUAS='luajit lua5.4' all >/dev/null")) end)

before_each(function()
  folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir " .. folder))
end)
after_each(function() os.execute("rm -rf " .. folder) end)

describe("make install", function()
  local function make(target, lua, variables)
    return must(("make -s %s LUA=%s %s"):format(target, lua, variables or ("PREFIX='%s/a b'"):format(folder)))
  end

  local function expect_only(patterns, path)
    for _, file in ipairs(files_in(path)) do
      local is_expected = false
      for _, pattern in ipairs(patterns) do is_expected = is_expected or file:find(pattern) ~= nil end
      assert.is_true(is_expected, file)
    end
  end

  it("is undone by make uninstall, which leaves what is another Lua's or not ours", function()
    make("install", "luajit")
    make("install", "lua5.4")
    local prefix = folder .. "/a b"
    must(("touch '%s/share/lua/5.4/vertexsms/mine' '%s/share/lua/5.4/other.lua'"):format(prefix, prefix))
    local output = make("uninstall", "lua5.4")
    assert.matches("kept .*/bin/vertexsms, which another Lua has too", output)
    expect_only({ "^%./share/lua/5%.1/vertexsms/", "^%./lib/lua/5%.1/vertexsms/core%.so$", "^%./bin/vertexsms$",
      "^%./share/lua/5%.4/vertexsms/mine$", "^%./share/lua/5%.4/other%.lua$", "^%./share/[mbzf]" }, prefix)
    make("uninstall", "luajit")
    assert.same({ "./share/lua/5.4/other.lua", "./share/lua/5.4/vertexsms/mine" }, files_in(prefix))
    local code, _, errors = shell(("make -s uninstall LUA=luajit PREFIX='%s'"):format(prefix))
    assert.equal(2, code)
    assert.matches("nothing is installed for luajit here", errors)
  end)

  it("puts everything under DESTDIR, and asks nothing of this machine then", function()
    local where = ("DESTDIR=%s/root PREFIX=/usr"):format(folder)
    local _, errors = make("install", "lua5.4", where)
    assert.not_matches("note: lua", errors)
    expect_only({ "^%./usr/" }, folder .. "/root")
    local list = process.read_file(folder .. "/root/usr/share/lua/5.4/vertexsms/installed.txt")
    assert.matches("/usr/lib/lua/5.4/vertexsms/core.so\n", list, 1, true)
    assert.not_matches(folder, list, 1, true)
    make("uninstall", "lua5.4", where)
    assert.same({}, files_in(folder .. "/root"))
  end)

  it("makes the manual page and the completions, and says when it cannot", function()
    local where = ("DESTDIR=%s PREFIX=/usr"):format(folder)
    local made = { "man/man1/vertexsms.1", "bash-completion/completions/vertexsms", "zsh/site-functions/_vertexsms",
      "fish/vendor_completions.d/vertexsms.fish" }
    make("install", "luajit", where)
    for _, path in ipairs(made) do must(("test -s %s/usr/share/%s"):format(folder, path)) end
    assert.matches('"vertexsms ' .. VERSION .. '"', process.read_file(folder .. "/usr/share/" .. made[1]), 1, true)
    -- As on a machine without argparse: the interpreter finds no module outside of the tree.
    local _, errors = must("LUA_PATH=/nowhere/?.lua make -s install LUA=luajit " .. where)
    assert.matches("no manual page and no completions are installed: they need argparse and cjson", errors, 1, true)
    for _, path in ipairs(made) do must(("test ! -e %s/usr/share/%s"):format(folder, path)) end
    must(("test -s %s/usr/bin/vertexsms"):format(folder))
  end)

  it("removes what an older version had and this one has not, and nothing else", function()
    local where = ("DESTDIR=%s PREFIX=/usr"):format(folder)
    local modules = folder .. "/usr/share/lua/5.4/vertexsms"
    make("install", "lua5.4", where)
    must(("mkdir %s/gone && touch %s/gone/old.lua %s/mine"):format(modules, modules, modules))
    must(("echo /usr/share/lua/5.4/vertexsms/gone/old.lua >>%s/installed.txt"):format(modules))
    make("install", "lua5.4", where)
    assert.equal(2, (shell(("ls %s/gone"):format(modules))))
    must("ls " .. modules .. "/mine " .. modules .. "/init.lua")
  end)

  it("says what will not work: the folders, the command, and what needs lua-http", function()
    local _, errors = make("install", "lua5.4")
    assert.matches("LUA_PATH='" .. folder .. "/a b/share/lua/5.4/?.lua;", errors, 1, true)
    assert.matches("bin is not in $PATH", errors, 1, true)
    assert.matches("lua-http is missing for lua5.4. vertexsms simulate runs under luajit therefore", errors, 1, true)
    _, errors = make("install", "luajit")
    assert.not_matches("lua-http is missing", errors)
    _, errors = make("install", "lua5.4")
    assert.not_matches("lua-http is missing", errors)
  end)

  it("names modules that are missing", function()
    local words = "LUA_PATH='%s/?.lua' LUA_CPATH='build/luajit/?.so' luajit tools/installed.lua luajit %s %s %s"
    local output = must(words:format(folder, folder, folder, folder))
    assert.matches("nothing works without cjson, which is missing for luajit: apt%-get install lua%-cjson", output)
    assert.matches("the command vertexsms needs argparse, which is missing for luajit", output)
    assert.matches("vertexsms simulate and vertexsms listen will not work: lua%-http is missing", output)
  end)
end)

describe("a build", function()
  local function refusal(command)
    local code, _, errors = shell("make -s BUILD=" .. folder .. "/build " .. command)
    assert.equal(2, code)
    assert.is_nil(errors:find("fatal error", 1, true))
    return errors
  end

  it("says all that it lacks before the compiler does, for LuaRocks too", function()
    local both = "LUA=lua5.4 PREFIX=" .. folder
    local errors = refusal("install CC=nocc " .. both)
    assert.matches("missing: a C compiler %(nocc%).*apt%-get install gcc libc6%-dev", errors)
    errors = refusal("install LUA=lua9.9 PKG_CONFIG=nopkg " .. "PREFIX=" .. folder)
    assert.matches("the program lua9.9 (LUA=NAME names another)", errors, 1, true)
    assert.matches("pkg-config", errors, 1, true)
    assert.matches("the headers of lua9.9", errors, 1, true)
    errors = refusal("install CURL_CFLAGS=-nostdinc " .. both)
    assert.matches("These are missing: the headers of libcurl 7%.80 or newer%.\n", errors)
    assert.matches("\nOn Debian: apt%-get install libcurl4%-openssl%-dev%.", errors)
    errors = refusal("module CURL_CFLAGS=-nostdinc LUA_INCDIR=" .. folder)
    assert.matches("the headers of libcurl", errors)
    assert.matches("lua.h in LUA_INCDIR", errors, 1, true)
  end)

  it("takes the headers of one Lua that pkg-config does not know, and refuses those of another", function()
    write(folder .. "/lua.h", '#define LUA_VERSION_NUM (5 * 100 + 5)\n#define LUA_VERSION "Lua " "5" "." "5"\n')
    local errors = refusal(("check-install LUA=luajit LUA_INCDIR='%s'"):format(folder))
    assert.matches("the program luajit is Lua 5%.1, its headers are 5%.5\n", errors)
    local object = folder .. "/build/mine/core.o"
    local output = must(("make -n BUILD=%s/build LUA=/opt/bin/mine LUA_INCDIR=%s %s"):format(folder, folder, object))
    assert.matches(" -I" .. folder .. " [^\n]* -o " .. object, output)
  end)

  it("without OpenSSL's headers says what it cannot do then", function()
    local _, errors = must("make -s BUILD=" .. folder .. " LUAS=luajit CURL_CFLAGS= CRYPTO=n SQLITE=n CC=true all")
    assert.matches("signatures of callbacks cannot be checked", errors)
    assert.matches("nothing can be stored in a file of SQLite", errors)
  end)
end)

describe("tools/deps.sh", function()
  local function deps(variables)
    write(folder .. "/dpkg-query", "#!/bin/sh\necho 'installed gcc'\n")
    write(folder .. "/apt-get", "#!/bin/sh\necho \"$@\" >>" .. folder .. "/log\n")
    write(folder .. "/sudo", "#!/bin/sh\nexec \"$@\"\n")
    must("chmod +x " .. folder .. "/*")
    local code, output, errors = shell(("%s PATH=%s:$PATH tools/deps.sh demo"):format(variables, folder))
    local log = io.open(folder .. "/log")
    local asked = log and log:read("*a")
    if log then log:close() end
    return code, output .. errors, asked
  end

  it("says what it is about to install, then does it", function()
    local code, output, asked = deps("NO_INSTALL=")
    assert.equal(0, code)
    assert.matches("^These Debian packages are missing%. They are installed now.*libcurl4%-openssl%-dev", output)
    assert.matches("^%-q update\n%-q install %-y .* lua%-http", asked)
    assert.is_nil((output .. asked):find(" gcc ", 1, true))
  end)

  it("only names it with NO_INSTALL=1, and fails", function()
    local code, output, asked = deps("NO_INSTALL=1")
    assert.equal(1, code)
    assert.matches("nothing was installed .*apt%-get install .*libcurl4%-openssl%-dev", output)
    assert.is_nil(asked)
  end)
end)

describe("the rockspec", function()
  it("names no host, and Lua 5.5 is within its bounds", function()
    local text = process.read_file("rockspec/vertexsms-scm-1.rockspec")
    assert.matches('url = "file://."', text, 1, true)
    assert.equal(1, select(2, text:gsub("://[^%s]", "")) - select(2, text:gsub("https://%.%.%.", "")))
    assert.matches('"lua >= 5.1, < 5.6"', text, 1, true)
    must("luarocks lint rockspec/vertexsms-scm-1.rockspec")
  end)
end)

local is_checkout = os.execute("git rev-parse -q --verify HEAD >/dev/null 2>&1")
if is_checkout ~= 0 and is_checkout ~= true then return end

describe("make dist", function()
  local URL = ("https://example.com/releases/vertexsms-%s.tar.gz"):format(VERSION)
  local name = "vertexsms-" .. VERSION

  local function dist(into, prefix, variables)
    return must(("%s make -s dist BUILD=%s/%s %s"):format(prefix or "", folder, into, variables or ""))
  end

  it("packs the same commit into the same octets", function()
    dist("one", "umask 077; TZ=Asia/Tokyo", "URL=" .. URL)
    must(("git clone -q . %s/clone && make -s -C %s/clone dist BUILD=%s/two"):format(folder, folder, folder))
    local function sum(of) return process.read_file(("%s/%s/dist/%s.tar.gz.sha256"):format(folder, of, name)) end
    assert.equal(sum("one"), sum("two"))
    must(("cd %s/one/dist && sha256sum -c %s.tar.gz.sha256"):format(folder, name))
    local list = "tar tzf %s/one/dist/%s.tar.gz | sed -n 's|^%s/||p' | grep -v '/$' | grep ."
    local packed = process.lines_of(list:format(folder, name, name))
    assert.same(process.lines_of("git ls-tree -r --name-only HEAD | LC_ALL=C sort"), packed)
  end)

  it("writes the release's rockspec from what the releaser gives", function()
    local output = dist("one", nil, "URL=" .. URL .. " ISSUES=https://example.com/issues")
    local path = ("%s/one/dist/%s-1.rockspec"):format(folder, name)
    assert.matches(path, output, 1, true)
    local rockspec = {}
    assert(loadfile(path, "t", rockspec))()
    assert.equal(VERSION .. "-1", rockspec.version)
    local md5 = must(("md5sum %s/one/dist/%s.tar.gz"):format(folder, name)):match("^[0-9a-f]+")
    assert.same({ url = URL, md5 = md5, dir = name }, rockspec.source)
    assert.equal("https://example.com/issues", rockspec.description.issues_url)
    assert.is_nil(rockspec.description.homepage)
    must("luarocks lint " .. path)
  end)

  it("writes no rockspec without a URL, or with a wrong one", function()
    dist("one", nil, "URL=" .. URL)
    assert.matches("needs URL=https://", select(2, dist("one")), 1, true)
    assert.equal(2, #files_in(folder .. "/one/dist"))
    for _, wrong in ipairs({ "http://example.com/" .. name .. ".tar.gz", "https://example.com/other.tar.gz", "x" }) do
      local code, _, errors = shell(("make -s dist BUILD=%s/one URL=%s"):format(folder, wrong))
      assert.equal(2, code)
      assert.matches("URL must be such as https://", errors, 1, true)
      assert.equal(2, #files_in(folder .. "/one/dist"))
    end
  end)
end)
