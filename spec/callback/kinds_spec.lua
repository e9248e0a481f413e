local callback = require("vertexsms.callback")
local kinds = require("vertexsms.callback.kinds")
local process = require("spec.support.process")

describe("a kind of report", function()
  local BODIES = {
    dlr = { '{"id":1,"status":1}', '{"id":1,"status":"new","imsi":"2"}' },
    hlr = { '{"id":1,"error":0}', '{"id":1,"imsi":"246021005160000"}' },
    sender = { '{"id":1}', '{"id":1,"name":"MyShop"}' },
  }

  it("is seen from the fields", function()
    for _, name in ipairs(kinds.names) do
      for _, body in ipairs(assert(BODIES[name], "no bodies of " .. name)) do
        assert.equal(name, callback.parse(body).kind)
      end
    end
  end)

  it("is the one that was said, whatever the fields are", function()
    for _, name in ipairs(kinds.names) do
      for _, bodies in pairs(BODIES) do assert.equal(name, callback.parse(bodies[1], name).kind) end
    end
  end)

  it("is one of those there are", function()
    local report, err = callback.safe.parse('{"id":1}', "mms")
    assert.is_nil(report)
    assert.same({ "invalid_argument", "kind" }, { err.kind, err.field })
    assert.matches(table.concat(kinds.names, ", "), err.message, 1, true)
  end)

  it("has a key, a mark and a headline of its own", function()
    local keys = {}
    for _, kind in ipairs(kinds.list) do
      local report = callback.parse(BODIES[kind.name][1])
      assert.is_nil(keys[kind.key])
      keys[kind.key] = true
      assert.is_truthy(({ state = true, text = true })[kind.mark(report)])
      assert.matches("1", kind.headline(report), 1, true)
      assert.equal(kind, kinds.by_name[kind.name])
    end
  end)

  it("is annotated, and in docs/callbacks.md", function()
    local source = process.read_file("lua/vertexsms/callback/kinds.lua")
    local page = process.read_file("docs/callbacks.md")
    for _, name in ipairs(kinds.names) do
      assert.matches(('---| "%s" # '):format(name), source, 1, true)
      assert.is_truthy(page:find("`" .. name .. "`", 1, true), name .. " is not in docs/callbacks.md")
    end
    assert.equal(#kinds.names, select(2, source:gsub("\n%-%-%-| ", "")))
  end)
end)
