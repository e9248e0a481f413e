-- A raised error names the line of the caller's code.

local callback = require("vertexsms.callback")
local caller = require("vertexsms.base.caller")
local text = require("vertexsms.text")
local vertexsms = require("vertexsms")

local HERE = debug.getinfo(1, "S").short_src

local function line() return debug.getinfo(2, "l").currentline end

local function raised(work)
  local _, err = pcall(work)
  return err
end

describe("a raised error", function()
  it("names the line that called", function()
    local client, at = vertexsms.new({ token = "token-of-the-spec" }), nil
    local function assert_here(err)
      assert.is_true(vertexsms.is_error(err))
      assert.equal(("%s:%d"):format(HERE, at), err.where)
      assert.matches(("(not_sent) at %s:%d"):format(HERE, at), tostring(err), 1, true)
    end
    assert_here(raised(function() at = line() local _ = client:send({ to = "" }) end))
    assert_here(raised(function() at = line() local _ = vertexsms.new({ token = "" }) end))
    assert_here(raised(function() at = line() local _ = callback.handler({}) end))
    assert_here(raised(function() at = line() local _ = callback.parse("{") end))
    assert_here(raised(function() at = line() local _ = text.analyze("\255") end))
    assert_here(raised(function() at = line() local _ = text.safe.analyze(nil) end))
    client:close()
  end)

  it("names it from inside a coroutine, too, and past a tail call", function()
    local client, at = vertexsms.new({ token = "token-of-the-spec" }), nil
    local function tail() return client:send({ to = "" }) end
    local _, err = coroutine.resume(coroutine.create(function() at = line() local _ = tail() end))
    assert.equal(("%s:%d"):format(HERE, at), err.where)
    _, err = coroutine.resume(coroutine.create(client.send), client, { to = "" })
    assert.is_nil(err.where)
    assert.matches("%(not_sent%)$", tostring(err))
    client:close()
  end)

  it("is raised, not returned: errors of a safe client name no line", function()
    local _, err = vertexsms.safe.new({ token = "" })
    assert.is_nil(err.where)
  end)

  it("costs nothing before", function()
    assert.matches("^" .. HERE:gsub("%p", "%%%0") .. ":%d+$", caller.where())
  end)
end)
