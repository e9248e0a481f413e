-- examples/simulator: what can be checked without Docker.

local process = require("spec.support.process")

if process.lua() ~= "lua5.1" then return end

describe("examples/simulator", function()
  local dockerfile = process.read_file("examples/simulator/Dockerfile")

  -- ["a", "b"] behind a word of a Dockerfile, or in a line of YAML.
  local function list_after(text, pattern)
    local words = {}
    for word in text:match(pattern .. "%s*%[(.-)%]"):gmatch('"([^"]*)"') do words[#words + 1] = word end
    return words
  end

  local function run_with(words, extra)
    local all = { "lua5.1", "bin/" .. words[1] }
    for i = 2, #words do all[#all + 1] = words[i] end
    for _, word in ipairs(extra or {}) do all[#all + 1] = word end
    return all
  end

  local function port_free(words)
    for i, word in ipairs(words) do
      if word == "--port" then words[i + 1] = "0" end
    end
    return words
  end

  it("starts with the command of the image and of compose, and its health check is content", function()
    local entry, check = list_after(dockerfile, "ENTRYPOINT"), list_after(dockerfile, "CMD")
    assert.same({ "vertexsms", "simulate" }, entry)
    assert.equal("simulator", check[2])
    local compose = process.read_file("examples/simulator/compose.yaml")
    local token = compose:match("VERTEXSMS_SIMULATOR_TOKEN: (%S+)")
    assert.equal(token, compose:match("VERTEXSMS_TOKEN: (%S+)"))
    for _, arguments in ipairs { list_after(dockerfile, "\nCMD"), list_after(compose, "command:") } do
      local simulator = process.start(run_with(entry, port_free(arguments)), { env = {
        VERTEXSMS_SIMULATOR_TOKEN = token } })
      local port = simulator:expect("^listening on http://[%d.]+:(%d+)$")
      local code, _, errors = process.run(run_with(check), { env = {
        VERTEXSMS_SIMULATOR_TOKEN = token, VERTEXSMS_BASE_URL = "http://127.0.0.1:" .. port } })
      assert.equal(0, code, errors)
      simulator:stop()
    end
  end)

  it("installs for the Lua that it runs under", function()
    assert.matches("make -C /src install LUA=lua5.1", dockerfile, 1, true)
    for _, package in ipairs { "lua5.1", "lua-http", "lua-cjson", "lua-argparse", "libcurl4" } do
      assert.matches(package, dockerfile:match("FROM debian:12%-slim\n(.*)$"), 1, true)
    end
  end)
end)
