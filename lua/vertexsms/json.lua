--- JSON for the wire: lua-cjson with bounds of our own.
-- An instance, so that the host's own cjson keeps its settings.

local cjson = require("cjson.safe")

local MAX_DEPTH = 32

local codec = cjson.new()
codec.decode_max_depth(MAX_DEPTH)
codec.encode_max_depth(MAX_DEPTH)
codec.decode_invalid_numbers(false)
codec.encode_invalid_numbers(false)
codec.encode_sparse_array(false, 0, 0)

local M = {}

--- The value that stands for JSON's null.
M.null = cjson.null

---@param value any
---@return string|nil text
---@return string|nil reason
function M.encode(value)
  return codec.encode(value)
end

--- Decodes; null becomes `json.null` inside tables.
---@param text string
---@return any value nil when the text is no JSON, or nests deeper than 32
---@return string|nil reason
function M.decode(text)
  return codec.decode(text)
end

return M
