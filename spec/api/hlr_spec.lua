local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local URL = "https://example.com/hlr?key=1"

describe("client:hlr", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  it("asks what is documented", function()
    server:script({ body = "[1203877133]" })
    local lookup = server:safe():hlr("+37069912345", { callBackUrl = URL })
    assert.same({ "1203877133", { "1203877133" }, 200, 1 }, { lookup.id, lookup.ids, lookup.status, lookup.attempts })
    local request = server:request()
    assert.same({ "POST", "/hlr" }, { request.method, request.path })
    assert.equal('{"callBackUrl":"https://example.com/hlr?key=1","msisdn":"37069912345"}', request.body)
  end)

  it("keeps an ID that no float holds", function()
    server:script({ body = "[12038771331203877133]" })
    assert.equal("12038771331203877133", server:safe():hlr("37069912345").id)
    assert.equal('{"msisdn":"37069912345"}', server:request().body)
  end)

  it("sends no key of the guard's", function()
    server:script({ body = "[1203877133]" })
    assert(server:safe():hlr("37069912345", { guard_key = "203.0.113.7" }))
    assert.equal('{"msisdn":"37069912345"}', server:request().body)
  end)

  it("checks before anything leaves", function()
    local client = server:safe()
    for _, wrong in ipairs({ { "abc", nil, "msisdn" }, { "37069912345", { callBackUrl = "x" }, "callBackUrl" },
      { "37069912345", { callBackUrl = 5 }, "callBackUrl" }, { "", nil, "msisdn" } }) do
      local lookup, err = client:hlr(wrong[1], wrong[2])
      assert.is_nil(lookup)
      assert.same({ "invalid_argument", "not_sent", wrong[3] }, { err.kind, err.outcome, err.field })
    end
    local _, err = client:hlr("37069912345", { callbackurl = URL })
    assert.matches('did you mean "callBackUrl"?', err.message, 1, true)
    assert.has_error(function() client:hlr(37069912345) end)
    assert.has_error(function() client:hlr("37069912345", URL) end)
  end)

  it("is billed, and so not repeated when it may have been accepted", function()
    server:script({ status = 429, headers = { ["Retry-After"] = "0" } }, { status = 504 })
    local _, err = server:safe({ retry = { base = 0 } }):hlr("37069912345")
    assert.same({ "gateway", "unknown", 2 }, { err.kind, err.outcome, err.attempts })
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, "[1203877133]", function() return client:hlr("37069912345") end, function(lookup)
      assert(type(lookup.id) == "string")
    end)
  end)
end)
