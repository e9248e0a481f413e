--- A message that everything takes, and what a spec wants of it.

---@param changes table<string, any>|nil
---@return table
return function(changes)
  local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
  for name, value in pairs(changes or {}) do message[name] = value end
  return message
end
