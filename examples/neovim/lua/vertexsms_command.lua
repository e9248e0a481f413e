--- What :VertexSms does. Settings are in vim.g.vertexsms: { from = "MyShop", recipients = { "37069912345" } }.

local M = {}

local SECONDS_AT_EXIT = 2

local client
local under_way = 0
local recipients = {} -- set and list: those of this session

local function settings()
  return vim.g.vertexsms or {}
end

local function say(text, level)
  vim.notify("VertexSms: " .. text, level)
end

-- There is no way to tell the outcome once Neovim has gone, so it waits a little.
local function leave()
  vim.wait(SECONDS_AT_EXIT * 1000, function() return under_way == 0 end, 20)
  client:close()
end

-- The client, or nil and why there is none, in words.
local function connected()
  if client then return client end
  local vertexsms, err = require("vertexsms_library").load()
  if not vertexsms then return nil, err end
  client, err = vertexsms.safe.new({ host = "luv" })
  if not client then return nil, err.message end
  vim.api.nvim_create_autocmd("VimLeavePre", { callback = leave })
  return client
end

local function report(err, sent)
  if sent then
    say(("accepted as %s%s"):format(sent.id, sent.parts and (", parts: " .. sent.parts) or ""), vim.log.levels.INFO)
  elseif err.outcome == "unknown" then
    say("unknown: it may have been sent, do not repeat it blindly: " .. err.message, vim.log.levels.WARN)
  else
    local again = err.retryable and " (safe to try again)" or ""
    say(("%s: %s%s"):format(err.outcome:gsub("_", " "), err.message, again), vim.log.levels.ERROR)
  end
end

local function remember(to)
  if not recipients[to] then table.insert(recipients, to) end
  recipients[to] = true
end

local function send(to, message)
  local ready, reason = connected()
  if not ready then return say(("%s (see :checkhealth vertexsms)"):format(reason), vim.log.levels.ERROR) end
  remember(to)
  under_way = under_way + 1
  ready:submit("send", { to = to, from = settings().from or "Neovim", message = message }, function(failure, sent)
    under_way = under_way - 1
    report(failure, sent)
  end)
end

local function selection(command)
  if command.range == 0 then return nil end
  return table.concat(vim.api.nvim_buf_get_lines(0, command.line1 - 1, command.line2, false), "\n")
end

--- Runs the command: the message is the rest of the line, or the range's lines.
---@param command { args: string, range: integer, line1: integer, line2: integer } of nvim_create_user_command
function M.run(command)
  local to, message = command.args:match("^send%s+(%S+)%s*(.-)%s*$")
  if to and message == "" then message = selection(command) end
  if not to or not message then return say("usage: send TO MESSAGE, or a range and send TO", vim.log.levels.ERROR) end
  send(to, message)
end

local function starting_with(lead, words)
  return vim.tbl_filter(function(word) return vim.startswith(word, lead) end, words)
end

--- Completes the subcommand, then the recipient.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = vim.split(vim.trim(line:sub(1, #line - #lead)), "%s+")
  if #before == 1 then return starting_with(lead, { "send" }) end
  if #before > 2 then return {} end
  local known = vim.list_extend({}, settings().recipients or {})
  for _, to in ipairs(recipients) do
    if not vim.tbl_contains(known, to) then table.insert(known, to) end
  end
  return starting_with(lead, known)
end

return M
