--- `vertexsms request`: any request, for what has no command of its own.

local guard_file = require("vertexsms.cli.guard_file")
local input = require("vertexsms.cli.input")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")
local shown = require("vertexsms.base.shown")

local M = {
  name = "request",
  summary = "Make any request of the API and print the answer.",
  examples = {
    { "A page of a list", "vertexsms request GET /mccmnc/LT --query Page=2" },
    { "With a body", "vertexsms request POST /sms/cost --data @message.json" },
  },
}

local METHODS = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" }

local function parameter(text)
  local name, value = text:match("^([^=]+)=(.*)$")
  if name then return { name, value } end
  return nil, ("%s is not a valid parameter: it must be NAME=VALUE, such as format=json"):format(shown.text(text))
end

---@param command table argparse's
function M.configure(command)
  command:argument("method", "The HTTP method."):choices(METHODS)
  command:argument("path", "Path of the API, such as /sms.")
  command:option("--query", "Parameter of the URL; it is percent-encoded here. Give it again for more.")
    :argname("NAME=VALUE"):convert(parameter):count("*"):init({})
  command:option("--data", "The body, which is JSON. @FILE reads it from a file, - from stdin."):argname("JSON")
  session.configure(command)
  guard_file.configure(command)
end

local function query_of(parameters)
  if #parameters == 0 then return nil end
  local query = {}
  for _, pair in ipairs(parameters) do
    local name, value = pair[1], pair[2]
    query[name] = query[name] or {}
    table.insert(query[name], value)
  end
  return query
end

local function show(answer, as_json)
  if as_json then
    return outcome.print_json {
      status = answer.status, headers = answer.headers, body = answer.json == nil and answer.body or nil,
      json = answer.json, attempts = answer.attempts, elapsed = answer.elapsed,
    }
  end
  output.write(answer.body)
  if answer.body ~= "" and answer.body:sub(-1) ~= "\n" then output.write("\n") end
end

-- Goes out as it is written. Of a key that stands twice the service would take either, and the other be gone.
local function body_of(data)
  local body, reason = input.json(data)
  if not body or body == "" then return body, reason end
  local value
  value, reason = require("vertexsms.check.json").decode(body)
  if value == nil then return nil, "--data " .. reason end
  return body
end

---@param args table
---@return integer exit code
function M.run(args)
  local body, reason
  if args.data then
    body, reason = body_of(args.data)
    if not body then return outcome.refuse(reason, args.json) end
  end
  local is_read = args.method == "GET" or args.method == "HEAD"
  return session.run_one(args, is_read, function(answer) show(answer, args.json) end, "request", args.method,
    args.path, { query = query_of(args.query), body = body })
end

return M
