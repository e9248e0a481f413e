local cjson = require("cjson")
local scripted = require("spec.support.scripted")
local tracking = require("vertexsms.tracking")
local tracks = require("spec.support.tracked")
local vertexsms = require("vertexsms")

local server
setup(function() server = scripted.start() end)
teardown(function() server:stop() end)

describe("the options of a tracking", function()
  it("may be left out", function()
    local client = server:safe()
    server:script(tracks.BROKEN)
    local _, err = client:send(tracks.message())
    assert.is_nil(err.tracking_id)
    assert.is_nil(cjson.decode(server:request().body).dlrUrl)
  end)

  it("names what is wrong with its options", function()
    local function field(track)
      local made, err = vertexsms.safe.new({ token = "token", track = track })
      assert.is_nil(made)
      assert.equal("invalid_argument", err.kind)
      return err.field
    end
    local function resolve() end
    assert.equal("on_resolved", field({ url = tracks.URL }))
    assert.equal("url", field({ url = "example.com", on_resolved = resolve }))
    assert.equal("url", field({ url = tracks.URL .. "?track=1", on_resolved = resolve }))
    assert.equal("url", field({ url = tracks.URL .. "?secret=1", secret = "x", on_resolved = resolve }))
    assert.equal("url", field({ url = tracks.URL .. ("x"):rep(2000), on_resolved = resolve }))
    assert.equal("url", field({ url = 5, on_resolved = resolve }))
    assert.equal("store", field({ url = tracks.URL, on_resolved = resolve, store = {} }))
    assert.equal("store", field({ url = tracks.URL, on_resolved = resolve, store = 5 }))
    assert.equal("store", field({ url = tracks.URL, on_resolved = resolve, store = { change = resolve } }))
    assert.equal("store", field({ url = tracks.URL, on_resolved = resolve, store = "/nonexistent/file" }))
    assert.equal("secret", field({ url = tracks.URL, on_resolved = resolve, secret = "" }))
    assert.equal("slack", field({ url = tracks.URL, on_resolved = resolve, slack = -1 }))
    assert.equal("stor", field({ url = tracks.URL, on_resolved = resolve, stor = "x" }))
  end)

  -- One of nginx's workers sends, and the report may come to another.
  it("have a store that all workers of nginx see", function()
    local function make(count, store)
      local before = rawget(_G, "ngx")
      rawset(_G, "ngx", { worker = { count = function() return count end } })
      local made, err = tracking.make({ on_resolved = function() end, store = store })
      rawset(_G, "ngx", before)
      return made and "made" or err.field
    end
    assert.equal("made", make(1))
    assert.equal("store", make(2))
    assert.equal("made", make(2, { change = function() end, due = function() end }))
  end)
end)
