--- The token: where the command line reads it, and where it does not belong. Given as an ID it would be repeated by an
-- error; a server may repeat it in an answer.
--
-- Tested in spec/cli/token_spec.lua and spec/secret_spec.lua.

local environment = require("vertexsms.cli.environment")
local input = require("vertexsms.cli.input")

local M = {}

-- No token is as long as this; a wrong file may be.
local FILE_OCTETS_MAX = 8192

local NO_FILE = 2 -- ENOENT

local MISSING = "token is missing: name its file with --token-file or VERTEXSMS_TOKEN_FILE, or set VERTEXSMS_TOKEN"
  .. " (export VERTEXSMS_TOKEN=...)"

local function read_some(path)
  local file, reason, code = io.open(path, "rb")
  if not file then return nil, "cannot read " .. reason, code end
  local content
  content, reason = file:read(FILE_OCTETS_MAX + 1)
  file:close()
  if content or not reason then return content or "" end
  return nil, ("cannot read %s: %s"):format(path, reason)
end

-- The one line of a file; nil, why not, and the number of the system's error.
local function read_line(path)
  local content, reason, code = read_some(path)
  if not content then return nil, reason, code end
  if #content > FILE_OCTETS_MAX then return nil, path .. " is too long: it must hold the token alone" end
  local line = input.without_line_end(input.without_mark(content))
  if not line:find("[^ \t\r\n]") then return nil, path .. " is empty: it must hold the token" end
  if line:find("[\r\n]") then return nil, path .. " has more than one line: it must hold the token alone" end
  return line
end

local function from_file(path, source)
  local token, reason = read_line(path)
  if not token then return nil, ("%s: %s"):format(source, reason) end
  return token, nil, source
end

-- systemd's folder has what the unit was given, which need not be a token.
local function from_credentials(folder)
  local path = folder .. "/vertexsms_token"
  local token, reason, code = read_line(path)
  if not token and code == NO_FILE then return nil, MISSING end
  if not token then return nil, "CREDENTIALS_DIRECTORY: " .. reason end
  return token, nil, path
end

local function look_for(path)
  if path then return from_file(path, "--token-file") end
  path = environment.get("VERTEXSMS_TOKEN_FILE")
  if path then return from_file(path, "VERTEXSMS_TOKEN_FILE") end
  local token = environment.get("VERTEXSMS_TOKEN")
  if token then return token, nil, "VERTEXSMS_TOKEN" end
  local folder = environment.get("CREDENTIALS_DIRECTORY")
  if folder then return from_credentials(folder) end
  return nil, MISSING
end

-- What --token-file names, and what was found: a pipe can be read once.
local file_option, found

--- What --token-file names.
---@param path string
function M.use_file(path)
  file_option, found = path, nil
end

--- Finds the token: in the file of --token-file, of VERTEXSMS_TOKEN_FILE, in VERTEXSMS_TOKEN, in systemd's credentials.
-- The first of these that is there decides.
---@return string|nil token
---@return string|nil reason
---@return string|nil source what holds it, for errors about it
function M.find()
  if not found then
    local token, reason, source = look_for(file_option)
    found = { token = token, reason = reason, source = source }
  end
  return found.token, found.reason, found.source
end

local engine, engine_of

-- False where there is no token, or no core to know it in all its spellings.
local function find_engine()
  local token = M.find()
  if not token then return false end
  local loaded, core = pcall(require, "vertexsms.base.core")
  return loaded and core.engine({ token = token }) or false
end

--- A text that is to be printed, without the token.
---@param text string
---@return string
function M.hide(text)
  if engine == nil or engine_of ~= found then
    engine = find_engine()
    engine_of = found
  end
  return engine and engine:holds_token(text) and engine:redact(text) or text
end

return M
