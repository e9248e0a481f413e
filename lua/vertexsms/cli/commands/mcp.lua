--- `vertexsms mcp`: an MCP server over stdin and stdout, for AI assistants.

local environment = require("vertexsms.cli.environment")
local interruption = require("vertexsms.cli.interruption")
local output = require("vertexsms.cli.output")
local outcome = require("vertexsms.cli.outcome")
local shell = require("vertexsms.cli.shell")
local token = require("vertexsms.cli.token")

local M = {
  name = "mcp",
  summary = "Let AI assistants send: an MCP server.",
  sections = {
    { title = "Environment", rows = {
      { "VERTEXSMS_MCP_MODE", "preview (default): nothing is sent. test: nothing reaches a phone or is billed. live:"
        .. " what the person has agreed to is sent, and costs money." },
      { "VERTEXSMS_MCP_CONSENT", "client: where the client cannot ask the person, its own approval of each call is"
        .. " enough, with a token of preview_sms." },
      { "VERTEXSMS_GUARD", "File with the guard's options, a JSON object: recipients, budget, rate." },
      { "VERTEXSMS_OUTBOX", "Store of what was sent. (default: vertexsms/outbox.db in $XDG_STATE_HOME)" },
      { "VERTEXSMS_MCP_AUDIT", "File that a line of JSON is added to for each call. (default: stderr)" },
    } },
  },
  examples = {
    { "What a client is configured with", "vertexsms mcp --print-config claude" },
    { "What a client starts", "VERTEXSMS_MCP_MODE=live vertexsms mcp" },
  },
}

---@param command table argparse's
function M.configure(command)
  command:option("--print-config", "Print the configuration of a client, claude, cursor or vscode, and exit.")
    :argname("CLIENT"):choices({ "claude", "cursor", "vscode" }):target("print_config")
  command:option("--token-file", "File that holds the token. It goes before the environment."):argname("FILE")
    :action(function(args, name, path)
      args[name] = path
      token.use_file(path)
    end)
end

-- The default is made by the first call that needs it, for this user alone.
local function make_folder(path)
  return shell.execute("mkdir -p -m 700 -- " .. shell.quote(path) .. " >&2") == 0
end

local function options_of(policy)
  return {
    policy = policy, token = function()
      local found, reason = token.find()
      return found, reason
    end,
    write = function(line)
      output.print(line)
      return output.lost == nil
    end,
    log = function(line) io.stderr:write(token.hide(line), "\n") end, hide = token.hide,
    defer = interruption.defer, is_over = interruption.happened, make_folder = make_folder,
  }
end

-- Calls are known again by digests, and the audit has them in place of texts.
local function check_hashing()
  local digits, refusal = require("vertexsms.base.core").hmac_sha256("key", "")
  return not digits and "mcp " .. refusal.message or nil
end

local function print_configuration(args)
  local text, reason = require("vertexsms.mcp.configuration").of(args.print_config, args.token_file)
  if not text then return outcome.refuse("--token-file " .. reason) end
  output.print(text)
  return outcome.DONE
end

---@param args table
---@return integer exit code
function M.run(args)
  if args.print_config then return print_configuration(args) end
  local policy, reason = require("vertexsms.mcp.policy").read(environment.get)
  reason = reason or check_hashing()
  if reason then return outcome.refuse(reason) end
  require("vertexsms.mcp").new(options_of(policy)):run()
  return interruption.happened() and interruption.code() or outcome.DONE
end

return M
