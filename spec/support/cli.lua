--- The command line under the Lua that runs the spec, against a service that the spec has.

local process = require("spec.support.process")

local M = {}

M.TOKEN = "token-of-the-spec"

local function words_of(words)
  local all = { process.lua(), "bin/vertexsms" }
  for _, word in ipairs(words) do all[#all + 1] = word end
  return all
end

local function environment(url)
  return { VERTEXSMS_TOKEN = M.TOKEN, VERTEXSMS_BASE_URL = url, VERTEXSMS_STATUS_BASE_URL = "", TERM = "dumb" }
end

--- Runs a command to its end. Returns its exit code, stdout and stderr, in which the token never is.
---@param url string of the service
---@param words string[]
---@param stdin string|nil
---@param env table<string, string>|nil more of the environment
function M.run(url, words, stdin, env)
  local all = environment(url)
  for name, value in pairs(env or {}) do all[name] = value end
  local code, output, errors = process.run(words_of(words), { env = all, stdin = stdin })
  assert(not (output .. errors):find(M.TOKEN, 1, true), "the token was printed")
  return code, output, errors
end

--- Starts a command, for services that the spec plays itself meanwhile. Its lines are those of stdout and stderr.
---@param url string
---@param words string[]
---@return table process
function M.start(url, words)
  return process.start(words_of(words), { env = environment(url) })
end

--- Runs a command with a terminal for stdout and stderr. Returns what it wrote to it.
---@param url string
---@param words string[]
---@param env table<string, string>|nil more of the environment
---@return string
function M.run_on_terminal(url, words, env)
  local quoted = {}
  for i, word in ipairs(words_of(words)) do quoted[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
  local words_of_script = { "script", "-qec", table.concat(quoted, " "), "/dev/null" }
  local all = environment(url)
  for name, value in pairs(env or {}) do all[name] = value end
  local _, output = process.run(words_of_script, { env = all })
  return output
end

--- The lines of a text.
---@param text string
---@return string[]
function M.lines(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

return M
