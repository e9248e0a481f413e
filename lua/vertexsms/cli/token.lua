--- The token where it does not belong: given as an ID, or as a file's name, it would be repeated by an error; a server
-- may repeat it in an answer.
--
-- Tested in spec/secret_spec.lua.

local environment = require("vertexsms.cli.environment")

local M = {}

local engine

-- False where there is no token, or no core to know it in all its spellings.
local function find_engine()
  local token = environment.get("VERTEXSMS_TOKEN")
  if not token then return false end
  local loaded, core = pcall(require, "vertexsms.base.core")
  return loaded and core.engine({ token = token }) or false
end

--- A text that is to be printed, without the token of the environment.
---@param text string
---@return string
function M.hide(text)
  if engine == nil then engine = find_engine() end
  return engine and engine:holds_token(text) and engine:redact(text) or text
end

return M
