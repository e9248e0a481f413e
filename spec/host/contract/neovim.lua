-- Runs the contract inside Neovim's own loop: luafile.

local contract = require("spec.host.contract.promises")

local vim = rawget(_G, "vim")
local context = contract.context("luv", require("cjson").decode(os.getenv("VERTEXSMS_CONTRACT")))

context.kill = function(work)
  assert(coroutine.resume(coroutine.create(work)))
end

local function say(line)
  io.stdout:write(line, "\n")
end

-- Whatever becomes of it, Neovim must end.
coroutine.wrap(function()
  local ok, reason = xpcall(contract.run, debug.traceback, context, say)
  if not ok then say("not ok " .. tostring(reason)) end
  vim.schedule(function() vim.cmd("qall!") end)
end)()
