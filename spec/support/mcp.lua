--- A client of `vertexsms mcp` for the specs: writes lines into a pipe, reads those that come back, answers the
--- server's questions. All that the server writes to stdout must be JSON-RPC, one object a line.

local json = require("vertexsms.json")
local outboxes = require("spec.support.outboxes")
local process = require("spec.support.process")

local M = {}

M.TOKEN = "token-of-the-spec"

local META = "io.modelcontextprotocol/"

local Client = {}
Client.__index = Client

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- Starts a server. `options.env`: more environment; `options.url`: the service; `options.store`: of another server.
function M.start(options)
  options = options or {}
  local store = options.store or outboxes.new_path()
  local pipe, errors = os.tmpname(), os.tmpname()
  os.remove(pipe)
  assert(process.run { "mkfifo", pipe } == 0)
  local env = {
    VERTEXSMS_TOKEN = M.TOKEN, VERTEXSMS_BASE_URL = options.url or "http://127.0.0.1:9", VERTEXSMS_OUTBOX = store,
  }
  for name, value in pairs(options.env or {}) do env[name] = value end
  local command = ("echo pid $$; exec %s bin/vertexsms mcp <%s 2>%s"):format(process.lua(), quote(pipe), quote(errors))
  local self = setmetatable({
    process = process.start({ "sh", "-c", command }, { env = env }), store = store, errors = errors, count = 0,
    answers = {}, questions = {}, notices = {},
  }, Client)
  self.pid = self.process:expect("^pid (%d+)$")
  self.input = assert(io.open(pipe, "wb"))
  self.input:setvbuf("no")
  os.remove(pipe)
  return self
end

--- Writes octets as they are.
function Client:write(octets) assert(self.input:write(octets)) end

--- Writes a message.
function Client:send(message)
  message.jsonrpc = "2.0"
  self:write(assert(json.encode(message)) .. "\n")
end

--- The next message of the server; nil when it has ended.
function Client:read()
  local line = self.process:line()
  if not line or line:find("^exit %d+$") then return nil end
  local message = assert(json.decode(line), line)
  assert(message.jsonrpc == "2.0", line)
  self.last_line = line
  return message
end

local function keep(self, message)
  if message.method == "elicitation/create" then
    self.questions[#self.questions + 1] = message.params
    local answer = self.on_question and self.on_question(message.params, message.id)
    if answer then self:send({ id = message.id, result = answer }) end
  elseif message.method then
    self.notices[#self.notices + 1] = message
  else
    self.answers[message.id == nil and "none" or message.id] = message
  end
end

--- Waits for the answer to a request. What comes before is kept.
function Client:wait(id)
  while not self.answers[id] do
    keep(self, assert(self:read(), "the server has ended:\n" .. self:log()))
  end
  local answer = self.answers[id]
  self.answers[id] = nil
  return answer
end

--- Waits for a question to the person, and returns its params and id.
function Client:wait_for_question()
  local before = #self.questions
  while #self.questions == before do keep(self, assert(self:read(), "the server has ended")) end
  return self.questions[#self.questions]
end

--- Sends a request and returns its id.
function Client:request(method, params)
  self.count = self.count + 1
  self:send({ id = self.count, method = method, params = params })
  return self.count
end

--- Sends a request and waits for its answer.
function Client:ask(method, params) return self:wait(self:request(method, params)) end

--- Shakes hands. `capabilities` are those of the client.
function Client:shake_hands(capabilities, version)
  local answer = self:ask("initialize", {
    protocolVersion = version or "2025-11-25", capabilities = capabilities or {},
    clientInfo = { name = "spec", version = "1" },
  })
  self:send({ method = "notifications/initialized" })
  return answer.result
end

--- Calls a tool: its structured content, which is the text's, too.
function Client:call(name, arguments)
  return M.structured(self:ask("tools/call", { name = name, arguments = arguments }))
end

--- The structured content of an answer.
function M.structured(answer)
  local result = assert(answer.result, answer.error and answer.error.message)
  local text = json.decode(result.content[1].text)
  assert(json.encode(text) == json.encode(result.structuredContent))
  assert(result.isError == not result.structuredContent.ok)
  return result.structuredContent
end

--- Params of the newer era.
function M.modern(params, capabilities)
  local all = { _meta = {
    [META .. "protocolVersion"] = "2026-07-28", [META .. "clientCapabilities"] = capabilities or {},
    [META .. "clientInfo"] = { name = "spec", version = "1" },
  } }
  for name, value in pairs(params or {}) do all[name] = value end
  return all
end

--- What the server has written to stderr.
function Client:log() return process.read_file(self.errors) end

--- The lines of the audit.
function Client:audit()
  local lines = {}
  for line in self:log():gmatch("[^\n]+") do
    if line:find("^{") then lines[#lines + 1] = assert(json.decode(line)) end
  end
  return lines
end

--- Kills the server itself, as nothing can be caught.
function Client:kill()
  process.run { "kill", "-KILL", self.pid }
  self:close()
end

--- Ends stdin, waits for the server and returns its exit code.
function Client:close()
  if not self.input then return end
  self.input:close()
  self.input = nil
  local code = self.process:wait()
  assert(not self.process:output():find(M.TOKEN, 1, true) and not self:log():find(M.TOKEN, 1, true))
  os.remove(self.errors)
  return code
end

return M
