--- What is paid once for each process: the command line beside curl, and loading the module beside an empty script.

local command = require("bench.harness.command")
local processes = require("bench.harness.processes")

local CURL = [[curl -sf -H 'X-VertexSMS-Token: token-of-the-benchmark' -H 'Accept: application/json' ]]
  .. [[-H 'Content-Type: application/json' -H 'Expect:' ]]
  .. [[-d '{"from":"MyShop","message":"Your code is 4815","to":"37069912345"}' %s/sms]]

local function send(bench)
  local ours = {}
  for i, lua in ipairs(command.LUAS) do
    ours[i] = {
      what = "command line, send", lua = lua, goal = "<= 1.7",
      command = ("env VERTEXSMS_TOKEN=token-of-the-benchmark VERTEXSMS_BASE_URL=%s %s"):format(bench.service.url,
        command.lua(lua, "bin/vertexsms", "send", "--to", "37069912345", "--from", "MyShop", "--message",
          "Your code is 4815")),
    }
  end
  return processes.compare(bench, { name = "curl", command = CURL:format(bench.service.url) }, ours)
end

local CLIENT = [[require("vertexsms").new { token = "token-of-the-benchmark" }]]

local function start(bench)
  local rows = {}
  for _, lua in ipairs(command.LUAS) do
    local empty = { name = "an empty script", command = command.lua(lua, "-e", "") }
    local ours = { { what = "start, require and new", lua = lua, command = command.lua(lua, "-e", CLIENT) } }
    rows[#rows + 1] = processes.compare(bench, empty, ours)[1]
  end
  return rows
end

return { { name = "cli", run = send }, { name = "start", run = start } }
