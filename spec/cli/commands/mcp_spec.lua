-- `vertexsms mcp`: what a client is configured with. What it serves is in spec/mcp/.

local cjson = require("cjson")
local process = require("spec.support.process")

describe("vertexsms mcp", function()
  local function printed(...)
    local code, output, errors = process.run { process.lua(), "bin/vertexsms", "mcp", ... }
    assert.same({ 0, "" }, { code, errors })
    return cjson.decode(output)
  end

  for client, key in pairs({ claude = "mcpServers", cursor = "mcpServers", vscode = "servers" }) do
    it("prints the configuration of " .. client, function()
      local server = printed("--print-config", client)[key].vertexsms
      assert.same({ "vertexsms", { "mcp" }, "preview" }, { server.command, server.args, server.env.VERTEXSMS_MCP_MODE })
      assert.is_nil(server.env.VERTEXSMS_TOKEN)
    end)
  end

  it("prints any name of a token's file", function()
    for _, path in ipairs({ '/home/a,b/{x}":[y]', "a\\b: c", "\195\169" }) do
      local server = printed("--print-config", "vscode", "--token-file", path).servers.vertexsms
      assert.equal(path, server.env.VERTEXSMS_TOKEN_FILE)
    end
    local code, output = process.run { process.lua(), "bin/vertexsms", "mcp", "--print-config", "claude",
      "--token-file", "\255" }
    assert.same({ 1, "" }, { code, output })
  end)

  it("is not started with a core that was built without OpenSSL", function()
    local script = [[
      local core = require("vertexsms.core")
      core.hmac_sha256 = function() return nil, { message = "needs a core that was built with OpenSSL" } end
      arg = { [0] = "bin/vertexsms", "mcp" }
      dofile("bin/vertexsms")]]
    local code, output, errors = process.run { process.lua(), "-e", script }
    assert.same({ 1, "", "not sent: mcp needs a core that was built with OpenSSL\n" }, { code, output, errors })
  end)

  it("knows no other client", function()
    local code = process.run { process.lua(), "bin/vertexsms", "mcp", "--print-config", "other" }
    assert.equal(1, code)
  end)
end)
