-- A child process that was forked while TLS sends were in flight hung at its first send: OpenSSL's locks were held by
-- the parent's I/O thread at that moment, and nothing in the child could unlock them. It shows best during the first
-- handshakes of a process, when OpenSSL sets itself up: a quarter of such children hung.

local fault_servers = require("spec.support.faults")
local process = require("spec.support.process")

local COUNT = 12

-- Each round is a process of its own, for the sake of its first handshakes; it forks the child in question.
local SCRIPT = [[
  local url, authorities, count = ...
  local ffi = require("ffi")
  ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int); unsigned alarm(unsigned);"
  local core = require("vertexsms.core")
  local REQUEST = { method = "POST", path = "/sms", body = "{}" }
  local status = ffi.new("int[1]")

  -- 0 when the child's work returned true; a child that hangs is ended by its alarm.
  local function in_a_child(work)
    local child = ffi.C.fork()
    if child == 0 then
      ffi.C.alarm(20)
      ffi.C._exit(work() and 0 or 1)
    end
    ffi.C.waitpid(child, status, 0)
    return status[0]
  end

  local function is_fine(ticket)
    return ticket:wait(10) and ticket:response().kind == "ok"
  end

  local function round(performs)
    local engine = assert(core.engine({ token = "t", base_url = url, ca_file = authorities }))
    local tickets = {}
    for i = 1, 10 do tickets[i] = assert(engine:submit(REQUEST)) end
    core.sleep(0.06 * core.random())
    local child = in_a_child(function()
      if performs then return engine:perform(REQUEST).kind == "ok" end
      return is_fine(engine:submit(REQUEST))
    end)
    for _, ticket in ipairs(tickets) do
      if not is_fine(ticket) then return false end
    end
    return child == 0
  end

  local fine = 0
  for i = 1, tonumber(count) do
    if in_a_child(function() return round(i % 2 == 0) end) == 0 then fine = fine + 1 end
  end
  print(fine)
]]

-- What takes long in the first handshake is reading the authorities: there are as many as on any machine.
local function bundle(ca_file)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(process.read_file(ca_file):rep(200))
  file:close()
  return path
end

describe("a child that is forked while TLS sends are in flight", function()
  it("sends over TLS, and so does its parent", function()
    if not rawget(_G, "jit") then return end -- no other Lua can fork without help
    local faults = fault_servers.start({ tls = true })
    local authorities, script = bundle(faults.ca_file), os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write(SCRIPT)
    file:close()
    local code, output, errors = process.run({
      process.lua(), script, faults:url("ok", nil, { tls = true }), authorities, COUNT,
    })
    os.remove(script)
    os.remove(authorities)
    faults:stop()
    assert.equal(0, code, output .. errors)
    assert.equal(COUNT, tonumber(output))
  end)
end)
