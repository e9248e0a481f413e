-- The outbox over a real PostgreSQL: what is tested with SQLite elsewhere, once more. On LuaJIT alone: what differs is
-- the database.

local outboxes = require("spec.support.outboxes")
local postgres = require("spec.support.postgres")

if not postgres.is_there or not rawget(_G, "jit") then return end

local SPECS = {
  "adding", "deciding", "guarded", "keeping", "killed", "model", "reading", "reports", "schema", "states", "worker",
}

local function include(name)
  local chunk = assert(loadfile(("spec/outbox/%s_spec.lua"):format(name)))
  setfenv(chunk, getfenv(1)) -- luacheck: ignore 113
  chunk()
end

describe("over PostgreSQL,", function()
  setup(function() outboxes.are_in_postgres = true end)

  teardown(function()
    outboxes.are_in_postgres = false
    outboxes.remove_server()
  end)

  for _, name in ipairs(SPECS) do
    describe(name .. ":", function() include(name) end)
  end
end)
