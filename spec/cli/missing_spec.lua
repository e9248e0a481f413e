-- What is said where a module is not there: one line that names what to run.

local process = require("spec.support.process")

describe("vertexsms without", function()
  local folder

  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir %s && cp -r bin lua Makefile %s && mkdir -p %s/installed/bin %s/installed/share/lua")
      :format(folder, folder, folder, folder)))
    local version = _VERSION:match("%d%.%d")
    assert(os.execute(("cp bin/vertexsms %s/installed/bin && cp -r lua %s/installed/share/lua/%s")
      :format(folder, folder, version)))
  end)
  teardown(function()
    os.execute("rm -rf " .. folder)
    process.stop_all()
  end)

  local function run(program, missing, ...)
    local preload = missing and ([[package.preload[%q] = function() error("module '%s' not found:", 0) end]])
      :format(missing, missing)
    local words = { process.lua(), "-e", preload or "", folder .. program, ... }
    local code, output, errors = process.run(words, { env = { LUA_CPATH = ";;", LUA_PATH = ";;",
      VERTEXSMS_TOKEN = "t" } })
    assert.equal("", output)
    assert.equal(1, code)
    assert.matches("^[^\n]+\n$", errors)
    return (errors:gsub(folder, "DIR"))
  end

  local SEND = { "send", "--to", "37069912345", "--from", "A", "--message", "a" }
  local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

  it("the core, in a tree that was not built", function()
    for _, words in ipairs { SEND, { "operator", "1" }, { "count", "a" }, { "--version" } } do
      assert.matches("vertexsms is not built for lua[jit0-9.]+: run `make deps && make` in DIR\n$",
        run("/bin/vertexsms", nil, unpack(words)))
    end
  end)

  it("the core, where it was installed", function()
    assert.matches("vertexsms is not built for lua[jit0-9.]+: run `make install LUA=lua[jit0-9.]+` in the source",
      run("/installed/bin/vertexsms", nil, unpack(SEND)))
  end)

  it("argparse or cjson", function()
    for module, name in pairs { argparse = "argparse", ["cjson.safe"] = "cjson" } do
      assert.matches(("^vertexsms: %s is missing for lua[jit0-9.]+: run `make deps && make` in DIR\n$"):format(name),
        run("/bin/vertexsms", module, unpack(SEND)))
      assert.matches(("^vertexsms: %s is missing for lua[jit0-9.]+: install it "):format(name),
        run("/installed/bin/vertexsms", module, unpack(SEND)))
    end
  end)

  it("its own modules", function()
    assert(os.execute(("mkdir -p %s/alone/bin && cp bin/vertexsms %s/alone/bin"):format(folder, folder)))
    assert.matches("^vertexsms: its modules are not beside DIR/alone/bin/vertexsms: run it in its source tree",
      run("/alone/bin/vertexsms", nil, unpack(SEND)))
  end)
end)
