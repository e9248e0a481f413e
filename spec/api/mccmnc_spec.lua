local mutations = require("spec.support.mutations")
local scripted = require("spec.support.scripted")
local vertexsms = require("vertexsms")

local function row(mnc)
  return ('{"country":"LT","mcc":"246","mnc":"%s","operatorId":12}'):format(mnc)
end

local function page(...)
  local rows = {}
  for i, mnc in ipairs({ ... }) do rows[i] = row(mnc) end
  return { body = "[" .. table.concat(rows, ",") .. "]" }
end

describe("client:mccmnc", function()
  local server

  setup(function() server = scripted.start() end)
  teardown(function() server:stop() end)

  local function collect(networks)
    local mncs = {}
    for network, err in networks do
      assert(network, tostring(err))
      mncs[#mncs + 1] = network.mnc
    end
    return table.concat(mncs, " ")
  end

  it("asks what is documented, page by page, to the empty one", function()
    server:script(page("01", "02"), page("003"), page())
    local networks = server:raising():mccmnc("LT")
    assert.same({ country = "LT", mcc = "246", mnc = "01", operatorId = "12" }, networks())
    assert.equal("02 003", collect(networks))
    assert.is_nil(networks())
    local queries = {}
    for i, request in ipairs(server:requests()) do
      assert.same({ "GET", "/mccmnc/LT" }, { request.method, request.path })
      queries[i] = request.query
    end
    assert.same({ "Page=1", "Page=2", "Page=3" }, queries)
  end)

  it("asks for a page when it is its turn", function()
    server:script(page("01"), page("02"), page())
    local networks = server:safe():mccmnc("LT")
    assert.equal(1, #server:requests())
    assert.equal("01", networks().mnc)
    assert.same({}, server:requests())
  end)

  it("stops at a page like the one before", function()
    server:script(page("01"), page("02"), page("02"))
    assert.equal("01 02", collect(server:safe():mccmnc("LT")))
    assert.equal(3, #server:requests())
    server:script({ body = '{"page":1,"rows":[{"mcc":"246","mnc":"01"}]}' },
      { body = '{ "page": 2, "rows": [ { "mnc": "01", "mcc": "246" } ] }' })
    assert.equal("01", collect(server:safe():mccmnc("LT")))
    assert.equal(2, #server:requests())
  end)

  it("stops at a page that is not found, after the first", function()
    server:script(page("01"), { status = 404 })
    assert.equal("01", collect(server:safe():mccmnc("LT")))
    server:script({ status = 404 })
    local networks, err = server:safe():mccmnc("XX")
    assert.is_nil(networks)
    assert.equal("not_found", err.kind)
  end)

  it("takes whatever surrounds the rows", function()
    local list = "[" .. row("01") .. "]"
    for _, body in ipairs({
      list, '{"data":' .. list .. "}", '{"page":1,"last":null,"rows":' .. list .. ',"links":{"next":"x"}}',
      '{"errors":[],"rows":' .. list .. "}",
    }) do
      server:script({ body = body }, { body = '{"data":[],"page":2}' })
      assert.equal("01", collect(server:safe():mccmnc("LT")))
    end
    for _, body in ipairs({ "[]", "{}", '{"data":[]}', '{"data":[],"errors":[]}' }) do
      server:script({ body = body })
      assert.equal("", collect(server:safe():mccmnc("LT")))
      assert.equal(1, #server:requests())
    end
    for _, body in ipairs({ '{"a":[1],"b":[2]}', '{"a":"b"}', '{"a":{"b":' .. list .. "}}", "[1]", '[["246"]]' }) do
      server:script({ body = body })
      assert.equal("protocol", select(2, server:safe():mccmnc("LT")).kind)
    end
  end)

  it("raises the error of a later page, or hands it over", function()
    server:script(page("01"), { status = 401 })
    local seen = 0
    local ok, err = pcall(function()
      for _ in server:raising():mccmnc("LT") do seen = seen + 1 end
    end)
    assert.is_false(ok)
    assert.same({ "unauthorized", 1 }, { err.kind, seen })
    server:script(page("01"), { status = 401 })
    local networks = server:safe():mccmnc("LT")
    assert.equal("01", networks().mnc)
    local network
    network, err = networks()
    assert.is_false(network)
    assert.is_true(vertexsms.is_error(err))
    assert.is_nil((networks()))
    assert.is_nil((networks()))
  end)

  it("raises the error of the first page at once", function()
    server:script({ status = 401 })
    local client = server:raising()
    local ok, err = pcall(client.mccmnc, client, "LT")
    assert.same({ false, "unauthorized" }, { ok, err.kind })
  end)

  it("does not turn pages for ever", function()
    local bodies = {}
    for i = 1, 1001 do bodies[i] = page(("%03d"):format(i)).body end
    server:script_bodies(bodies)
    local seen, err = 0, nil
    for network, reason in server:safe():mccmnc("LT") do
      if network then seen = seen + 1 else err = reason end
    end
    assert.same({ "too_large", 1000, 1000 }, { err.kind, seen, #server:requests() })
  end)

  it("never becomes another path", function()
    for _, country in ipairs({ "", "..", "L/T", "LT?Page=9", "LT\n" }) do
      assert.equal("country", select(2, server:safe():mccmnc(country)).field)
    end
    assert.has_error(function() server:safe():mccmnc() end)
  end)

  it("makes a result or an error of whatever comes", function()
    local client = server:safe()
    mutations.feed(server, '{"page":1,"data":[{"country":"LT","mcc":"246","mnc":"01","operatorId":12}]}', function()
      local networks, err = client:mccmnc("LT")
      return networks, err
    end, function(networks)
      assert(type(networks) == "function")
    end)
  end)
end)
