-- Where the command line reads the token, in which order, and what it says of a file that cannot be one.

local cli = require("spec.support.cli")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")

local SECRETS = { "token-of-option", "token-of-file", "token-of-variable", "token-of-systemd" }

describe("the token of the command line", function()
  local server, folder

  setup(function()
    server, folder = scripted.start(), os.tmpname()
    os.remove(folder)
    assert(process.run { "mkdir", folder } == 0)
  end)
  teardown(function()
    server:stop()
    process.run { "rm", "-r", folder }
    process.stop_all()
  end)

  local function write(name, content)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(content)
    file:close()
    return folder .. "/" .. name
  end

  local function operator(env, ...)
    local all = { VERTEXSMS_TOKEN = "", VERTEXSMS_TOKEN_FILE = "", CREDENTIALS_DIRECTORY = "",
      VERTEXSMS_BASE_URL = server.url }
    for name, value in pairs(env) do all[name] = value end
    local code, output, errors = process.run({ process.lua(), "bin/vertexsms", "operator", "1", ... }, { env = all })
    for _, secret in ipairs(SECRETS) do assert.is_nil((output .. errors):find(secret, 1, true)) end
    return code, (errors:gsub(folder, "DIR"))
  end

  --- The token of the one request that a command makes.
  local function used(...)
    server:script({ body = '{"name":"BITE","country":"LT","mcc":"245","mnc":["020"]}' })
    local code, errors = operator(...)
    assert.equal("", errors)
    assert.equal(0, code)
    return server:request().headers["x-vertexsms-token"]
  end

  it("is looked for in this order", function()
    local option, file = write("option", SECRETS[1] .. "\n"), write("file", SECRETS[2])
    write("vertexsms_token", SECRETS[4] .. "\r\n")
    local env = { VERTEXSMS_TOKEN_FILE = file, VERTEXSMS_TOKEN = SECRETS[3], CREDENTIALS_DIRECTORY = folder }
    assert.equal(SECRETS[1], used(env, "--token-file", option))
    assert.equal(SECRETS[2], used(env))
    env.VERTEXSMS_TOKEN_FILE = nil
    assert.equal(SECRETS[3], used(env))
    env.VERTEXSMS_TOKEN = nil
    assert.equal(SECRETS[4], used(env))
  end)

  it("may come through a pipe", function()
    local words = { "bash", "-c", 'exec "$0" bin/vertexsms operator 1 --token-file <(echo ' .. SECRETS[1] .. ")",
      process.lua() }
    server:script({ body = '{"name":"BITE","country":"LT","mcc":"245","mnc":["020"]}' })
    local code, _, errors = process.run(words, { env = { VERTEXSMS_TOKEN = "", VERTEXSMS_BASE_URL = server.url } })
    assert.equal("", errors)
    assert.equal(0, code)
    assert.equal(SECRETS[1], server:request().headers["x-vertexsms-token"])
  end)

  it("is one line of a file", function()
    local wrong = {
      [""] = "DIR/t is empty: it must hold the token", ["\n"] = "DIR/t is empty: it must hold the token",
      [" \r\n"] = "DIR/t is empty: it must hold the token",
      [SECRETS[1] .. "\n" .. SECRETS[2]] = "DIR/t has more than one line: it must hold the token alone",
      [SECRETS[1] .. "\n\n"] = "DIR/t has more than one line: it must hold the token alone",
      ["\n" .. SECRETS[1]] = "DIR/t has more than one line: it must hold the token alone",
      [SECRETS[1]:rep(1000)] = "DIR/t is too long: it must hold the token alone",
    }
    for content, reason in pairs(wrong) do
      local path = write("t", content)
      local code, errors = operator({ VERTEXSMS_TOKEN = SECRETS[3] }, "--token-file", path)
      assert.equal(("not sent: --token-file: %s\n"):format(reason), errors)
      assert.equal(1, code)
      code, errors = operator({ VERTEXSMS_TOKEN_FILE = path, VERTEXSMS_TOKEN = SECRETS[3] })
      assert.equal(("not sent: VERTEXSMS_TOKEN_FILE: %s\n"):format(reason), errors)
      assert.equal(1, code)
    end
    os.remove(folder .. "/t")
    assert.equal(SECRETS[1], used({}, "--token-file", write("t", "\239\187\191" .. SECRETS[1] .. "\n")))
  end)

  it("is not looked for elsewhere when its file cannot be read", function()
    local _, errors = operator({ VERTEXSMS_TOKEN = SECRETS[3] }, "--token-file", folder .. "/none")
    assert.equal("not sent: --token-file: cannot read DIR/none: No such file or directory\n", errors)
    _, errors = operator({ VERTEXSMS_TOKEN = SECRETS[3], VERTEXSMS_TOKEN_FILE = folder })
    assert.equal("not sent: VERTEXSMS_TOKEN_FILE: cannot read DIR: Is a directory\n", errors)
    assert(process.run { "mkdir", "-p", folder .. "/credentials/vertexsms_token" } == 0)
    _, errors = operator({ CREDENTIALS_DIRECTORY = folder .. "/credentials" })
    assert.equal("not sent: CREDENTIALS_DIRECTORY: cannot read DIR/credentials/vertexsms_token: Is a directory\n",
      errors)
  end)

  it("is missing where none of these is there", function()
    for _, env in ipairs { {}, { CREDENTIALS_DIRECTORY = "/nonexistent" } } do
      local code, errors = operator(env)
      assert.matches("^not sent: token is missing: .*%-%-token%-file.*VERTEXSMS_TOKEN_FILE.*VERTEXSMS_TOKEN ", errors)
      assert.equal(1, code)
    end
  end)

  it("is named by its source when it cannot be sent", function()
    local path = write("t", "token\1of-option")
    local _, errors = operator({}, "--token-file", path)
    assert.matches("^not sent: %-%-token%-file ", errors)
    _, errors = operator({ VERTEXSMS_TOKEN = "token\1of-option" })
    assert.matches("^not sent: VERTEXSMS_TOKEN ", errors)
  end)

  it("is hidden wherever it comes from, in usage errors too", function()
    local path = write("option", SECRETS[1] .. "\n")
    operator({}, "--token-file", path, SECRETS[1])
    operator({ VERTEXSMS_TOKEN_FILE = path }, SECRETS[1])
    server:script({ status = 404, body = ('{"message":"no %s"}'):format(SECRETS[1]) })
    local code, errors = operator({}, "--token-file", path)
    assert.matches("^failed: no ", errors)
    assert.equal(1, code)
    local output = select(2, cli.run(server.url, { "operator", "--help" }))
    assert.matches("--token-file FILE", output, 1, true)
  end)
end)
