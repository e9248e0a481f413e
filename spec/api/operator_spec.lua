local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")

local EXAMPLE = '{"name":"BITE","country":"LT","mcc":"245","mnc":["020","028"]}'

describe("client:operator", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  it("asks what is documented", function()
    server:script({ body = EXAMPLE })
    local operator = server:safe():operator("12")
    assert.same({ "12", "BITE", "LT", "245", { "020", "028" }, 1 },
      { operator.id, operator.name, operator.country, operator.mcc, operator.mnc, operator.attempts })
    assert.is_true(operator.elapsed > 0)
    local request = server:request()
    assert.same({ "GET", "/operators/12", "" }, { request.method, request.path, request.query })
  end)

  it("takes the number that an HLR result has", function()
    server:script({ body = EXAMPLE })
    assert.equal("12", server:safe():operator(12).id)
    assert.equal("/operators/12", server:request().path)
    for _, wrong in ipairs({ 1.5, -1, 2 ^ 53, 0 / 0, true, {} }) do
      assert.has_error(function() server:safe():operator(wrong) end)
    end
    assert.equal("id", select(2, server:safe():operator("../rates")).field)
  end)

  it("always has a list of MNCs", function()
    for mnc, expected in pairs({
      ["null"] = {}, ["[]"] = {}, ['"020"'] = { "020" }, ['[20,"020"]'] = { "20", "020" },
    }) do
      server:script({ body = ('{"name":"BITE","mcc":245,"mnc":%s}'):format(mnc) })
      local operator = server:safe():operator("1")
      assert.same(expected, operator.mnc)
      assert.equal("245", operator.mcc)
    end
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, EXAMPLE, function() return client:operator("12") end, function(operator)
      assert(type(operator.name) == "string" and type(operator.mnc) == "table")
      for _, mnc in ipairs(operator.mnc) do assert(type(mnc) == "string") end
    end)
  end)
end)
