--- What a check found.
--
-- Tested in spec/doctor/init_spec.lua.

local M = {}

---@alias vertexsms.doctor.Status
---| "ok"
---| "warning" # sends work, or this could not be looked at
---| "error" # sends do not work, or what was asked for does not

---@class vertexsms.doctor.Finding
---@field name string of what was looked at: "dns", "clock"
---@field status vertexsms.doctor.Status
---@field message string
---@field advice string|nil what to do; always there unless the status is "ok"

---@param name string
---@param message string
---@return vertexsms.doctor.Finding
function M.ok(name, message)
  return { name = name, status = "ok", message = message }
end

---@param name string
---@param message string
---@param advice string
---@return vertexsms.doctor.Finding
function M.warning(name, message, advice)
  return { name = name, status = "warning", message = message, advice = advice }
end

---@param name string
---@param message string
---@param advice string
---@return vertexsms.doctor.Finding
function M.error(name, message, advice)
  return { name = name, status = "error", message = message, advice = advice }
end

--- Of a file that is read or written: may it be? Nothing is changed in it.
---@param path string
---@param mode "rb"|"r+b"
---@return boolean
---@return string|nil reason
function M.opens(path, mode)
  local file, reason = io.open(path, mode)
  if not file then return false, reason end
  file:close()
  return true
end

return M
