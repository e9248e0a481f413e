--- A client for the length of a command.
--
-- Tested in spec/cli/submission_spec.lua and spec/cli/signals_spec.lua.

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local guard_file = require("vertexsms.cli.guard_file")
local interruption = require("vertexsms.cli.interruption")
local names = require("vertexsms.cli.names")
local outcome = require("vertexsms.cli.outcome")
local reasons = require("vertexsms.base.reason")
local token = require("vertexsms.cli.token")

local M = {}

--- Adds the options that say how VertexSMS is reached, and how the result is printed.
---@param command table argparse's
function M.configure_access(command)
  command:option("--token-file", "File that holds the token. It goes before the environment."):argname("FILE")
    :action(function(args, name, path)
      args[name] = path
      token.use_file(path)
    end)
  command:option("--proxy", "Proxy to go through, such as http://proxy.example.com:3128. Those of the environment are"
    .. " not used."):argname("URL")
  command:option("--ca-file", "Certificates to trust in place of the system's: a PEM file."):argname("FILE")
  command:flag("--json", "Print JSON on stdout, one object a line, errors too.")
end

--- Adds the options that every command with a client has.
---@param command table argparse's
function M.configure(command)
  command:option("--timeout", "Seconds that a call may take, with its repeats and pauses. (default: 30)")
    :argname("SECONDS"):convert(convert.seconds)
  M.configure_access(command)
end

local function internal(message, what)
  return { kind = "internal", message = reasons.text(message), outcome = what, retryable = false }
end

local function warn(event)
  if event.code ~= "parts_differ" then return end
  outcome.say(("warning: counted by VertexSMS as %d parts, here as %d"):format(event.parts, event.estimate))
end

-- What reads alone has nothing to finish.
local function host_for(is_read)
  return is_read and require("vertexsms.host.blocking") or interruption.host()
end

local function new_client(args, is_read)
  local loaded, vertexsms = pcall(require, "vertexsms")
  if not loaded then
    return nil, internal(require("vertexsms.cli.missing").words(vertexsms) or vertexsms, "not_sent")
  end
  local secret, reason, source = token.find()
  if not secret then
    return nil, { kind = "invalid_argument", message = reason, outcome = "not_sent", field = "token" }
  end
  local rules
  if not is_read then rules, reason = guard_file.list(args) end
  if not is_read and not rules then
    return nil, { kind = "invalid_argument", message = reason, outcome = "not_sent", field = "guard" }
  end
  local client, err = vertexsms.safe.new {
    guard = rules and #rules > 0 and rules or nil,
    token = secret, proxy = args.proxy, timeout = args.timeout, ca_file = args.ca_file,
    status_base_url = environment.get("VERTEXSMS_STATUS_BASE_URL"), smart_encoding = args.smart_encoding,
    on_warning = warn,
  }
  if not client then return nil, names.of_client(err, source) end
  client.host, client.option_names = host_for(is_read), names.CLIENT
  return client
end

-- Has a method of a client been called? Before that nothing can have left. And is nothing sent by it?
local begun, is_reading = false, false

--- Does what may fail; whatever is raised becomes an error with an outcome.
---@param work fun(...: any): any, table|nil
---@param ... any its arguments
---@return any result nil when it failed
---@return table|nil err
function M.attempt(work, ...)
  local ok, result, err = pcall(work, ...)
  if ok then return result, err end
  return nil, internal(result, begun and "unknown" or "not_sent")
end

--- Calls a method of the client. From the first one that sends, signals wait until it is known what became of that.
---@param client vertexsms.SafeClient
---@param name string
---@param ... any
---@return any result nil when it failed
---@return table|nil err
function M.call(client, name, ...)
  if not begun and not is_reading then interruption.defer() end
  begun = true
  return M.attempt(client[name], client, ...)
end

--- Makes a client, works with it and closes it; where there is none, the work may do without.
---@param args table
---@param is_read boolean nothing is sent by it
---@param work fun(client: vertexsms.SafeClient|nil, err: table|nil): integer returns the exit code
---@return integer exit code
function M.with(args, is_read, work)
  is_reading = is_read
  local client, err = new_client(args, is_read)
  if not client then return work(nil, err) end
  local code, failure = M.attempt(work, client)
  client:close()
  return code or M.fail(failure, args, is_read)
end

--- The same for work that needs a client.
---@param args table
---@param is_read boolean nothing is sent by it
---@param work fun(client: vertexsms.SafeClient): integer returns the exit code
---@return integer exit code
function M.run(args, is_read, work)
  return M.with(args, is_read, function(client, err)
    if not client then return outcome.report(err, args.json) end
    return work(client)
  end)
end

--- A command that is one call.
---@param args table
---@param is_read boolean nothing is sent by it
---@param show fun(result: any): integer|nil prints the result for people; may return an exit code
---@param name string of the client's method
---@param ... any its arguments
---@return integer exit code
function M.run_one(args, is_read, show, name, ...)
  local arguments, count = { ... }, select("#", ...)
  local unpack = rawget(table, "unpack") or rawget(_G, "unpack")
  return M.run(args, is_read, function(client)
    local result, err = M.call(client, name, unpack(arguments, 1, count))
    if result == nil then return M.fail(err, args, is_read) end
    return show(result) or outcome.DONE
  end)
end

--- Reports a failed call. Where a signal has kept it from another attempt, that is the exit code.
---@param err table
---@param args table
---@param is_read boolean|nil
---@return integer exit code
function M.fail(err, args, is_read)
  local code = outcome.report(names.of_call(err, args.command), args.json, is_read)
  local is_cut_short = err.kind == "cancelled" and code ~= outcome.UNKNOWN and interruption.happened()
  return is_cut_short and interruption.code() or code
end

return M
