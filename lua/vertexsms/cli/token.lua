--- The token where it does not belong: given as an ID, or as a file's name, it would be repeated by an error.
-- @module vertexsms.cli.token

local environment = require("vertexsms.cli.environment")

local M = {}

--- A text for people, without the token of the environment.
---@param text string
---@return string
function M.hide(text)
  local token = environment.get("VERTEXSMS_TOKEN")
  local loaded, core = pcall(require, "vertexsms.core")
  local engine = token and loaded and core.engine({ token = token })
  return engine and engine:holds_token(text) and engine:redact(text) or text
end

return M
