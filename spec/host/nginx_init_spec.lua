-- nginx's init phase: nginx prints only texts of what is raised there, and calls everything else "unknown error".

local nginxes = require("spec.support.nginx")
local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

-- What nginx says when it does not start.
local function refusal(code)
  local _, reason = pcall(nginxes.start, {
    http = "init_by_lua_block {\n" .. code .. "\n}", server = "location / { return 200; }",
  })
  return tostring(reason)
end

-- The log of a worker that ends with this.
local function said_at_exit(code)
  local nginx = nginxes.start({
    http = ("exit_worker_by_lua_block { %s }"):format(code), server = "location / { return 200; }",
  })
  nginx:stop("quit")
  return nginx.last_log
end

local CLIENT = 'local client = require("vertexsms").safe.new({ token = "token-of-the-spec" }) '

describe("nginx's init phase", function()
  teardown(nginxes.stop_all)

  it("shows why a client could not be made, and where", function()
    local text = refusal('client = require("vertexsms").new({ token = "" })')
    assert.matches("vertexsms: invalid_argument: token .* at init_by_lua.*:2", text)
    assert.not_matches("unknown error", text)
  end)

  it("shows it of a handler, too", function()
    local errors = refusal('require("vertexsms.callback").handler({})')
    assert.matches("on_report is missing from callback.handler", errors, 1, true)
  end)

  it("shows it in the form that the documentation has", function()
    local text = refusal([[
      local client, err = require("vertexsms").safe.new({ token = "" })
      if not client then error(tostring(err)) end]])
    assert.matches("init_by_lua.*vertexsms: invalid_argument: token", text)
  end)

  it("advises what is possible there", function()
    local text = refusal(CLIENT .. [[
      local _, err = client:send({ to = "37069912345", from = "MyShop", message = "Hi" })
      local _, reason = pcall(client.submit, client, "send", {}, print)
      error(tostring(err) .. tostring(reason))]])
    local advice = "send while a request is handled, or from a timer of init_worker_by_lua"
    assert.matches("nginx's init phase cannot wait for the network: " .. advice, text, 1, true)
    assert.matches("nginx's init phase cannot submit a call: " .. advice, text, 1, true)
    assert.not_matches("ngx.timer.at", text, 1, true)
    local log = said_at_exit(CLIENT .. [[
      local _, err = client:send({ to = "37069912345", from = "MyShop", message = "Hi" })
      ngx.log(ngx.ERR, tostring(err))]])
    assert.matches("exit_worker phase cannot wait for the network: send before the worker ends", log, 1, true)
  end)
end)
