--- The committed baseline: what a send cost when it was last written, and with which libraries. Lines of a name and a
-- value; a # begins a comment.

local M = {}

--- A figure may be so much of the baseline's.
M.LIMIT = 1.03

M.RENEW = "make guard-renew"

local HEAD = [[
# What one send costs, counted by `make guard`; written by `]] .. M.RENEW .. [[`.  Commit it with the change that
# explains it.  Instructions: callgrind, Lua 5.4.  Allocations: calls of malloc, calloc and realloc.  Garbage: octets.
]]

---@param text string
---@return { versions: table<string, string>, figures: table<string, number> }
function M.parse(text)
  local baseline = { versions = {}, figures = {} }
  for line in text:gmatch("[^\n]+") do
    local kind, name, value = line:match("^(%l+) (%S+) (.+)$")
    if kind == "version" then baseline.versions[name] = value end
    if kind == "figure" then baseline.figures[name] = tonumber(value) end
  end
  return baseline
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

---@param versions table<string, string>
---@param figures table<string, number>
---@return string
function M.format(versions, figures)
  local lines = { HEAD }
  for _, name in ipairs(sorted_names(versions)) do
    lines[#lines + 1] = ("version %s %s\n"):format(name, versions[name])
  end
  for _, name in ipairs(sorted_names(figures)) do
    lines[#lines + 1] = ("figure %s %.0f\n"):format(name, figures[name])
  end
  return table.concat(lines)
end

--- Which versions are not the baseline's: then its numbers say nothing.
---@return string[] differences for people
function M.other_versions(baseline, versions)
  local differences = {}
  for _, name in ipairs(sorted_names(baseline.versions)) do
    local here = versions[name] or "none"
    if here ~= baseline.versions[name] then
      differences[#differences + 1] = ("%s is %s here, %s in the baseline"):format(name, here, baseline.versions[name])
    end
  end
  return differences
end

--- Compares figure by figure.
---@return { name: string, now: number, was: number, grown: boolean, shrunk: boolean }[]
function M.compare(baseline, figures)
  local compared = {}
  for _, name in ipairs(sorted_names(figures)) do
    local was, now = baseline.figures[name], figures[name]
    compared[#compared + 1] = {
      name = name, now = now, was = was, grown = was == nil or now > was * M.LIMIT,
      shrunk = was ~= nil and now * M.LIMIT < was,
    }
  end
  return compared
end

return M
