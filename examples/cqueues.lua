-- Sends to several recipients at once inside a cqueues loop, and so beside a server of lua-http.
--
--     VERTEXSMS_TOKEN=... lua examples/cqueues.lua "Your code is 4815" 37069912345 37069912346

local cqueues = require("cqueues")
local vertexsms = require("vertexsms")

if #arg < 2 then
  io.stderr:write("usage: lua examples/cqueues.lua MESSAGE NUMBER...\n")
  os.exit(2)
end

local client, reason = vertexsms.safe.new({ host = "cqueues" })
if not client then error(tostring(reason), 0) end
local loop = cqueues.new()
local text, left = arg[1], #arg - 1

-- As it would be without a loop; only the coroutine waits.
local function send(to)
  local sent, err = client:send({ to = to, from = "MyShop", message = text })
  print(to, sent and "accepted as " .. sent.id or tostring(err))
  left = left - 1
end

for i = 2, #arg do
  loop:wrap(function() send(arg[i]) end)
end
loop:wrap(function()
  while left > 0 do
    io.stderr:write("the loop goes on\n")
    cqueues.sleep(0.1)
  end
end)
assert(loop:loop())
client:close()
