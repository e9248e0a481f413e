local core = require("vertexsms.core")
local program = require("vertexsms.host.program")

describe("the program that runs us", function()
  local before

  setup(function() before = rawget(_G, "ngx") end)
  after_each(function() rawset(_G, "ngx", before) end)

  it("is one process, and no nginx, elsewhere", function()
    rawset(_G, "ngx", nil)
    assert.equal(1, program.workers())
    assert.is_false(program.is_master())
    assert.is_nil(program.shared_dict("reports"))
    assert.equal(core.process_id(), program.process_id_source()())
  end)

  it("is asked each time", function()
    local phase, dict, lines = "init", {}, {}
    rawset(_G, "ngx", {
      ERR = 4, get_phase = function() return phase end, shared = { reports = dict },
      worker = { count = function() return 3 end, pid = function() return 17 end },
      log = function(level, line) lines[#lines + 1] = { level, line } end,
    })
    assert.is_true(program.is_master())
    phase = "init_worker"
    assert.is_false(program.is_master())
    assert.equal(3, program.workers())
    assert.equal(dict, program.shared_dict("reports"))
    assert.equal(17, program.process_id_source()())
    program.log("a line")
    assert.same({ { 4, "a line" } }, lines)
  end)

  -- A global of this name may be anything.
  it("is not nginx because something is called ngx", function()
    for _, value in ipairs({ "text", {}, { worker = {} } }) do
      rawset(_G, "ngx", value)
      assert.same({ 1, false, nil }, { program.workers(), program.is_master(), program.shared_dict("reports") })
    end
  end)
end)
