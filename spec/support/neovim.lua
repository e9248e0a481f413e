--- A real Neovim without a screen, for a spec.

local process = require("spec.support.process")

local M = {}

local PATHS = [[lua package.path = "lua/?.lua;lua/?/init.lua;./?.lua;" .. package.path]]
  .. [[ package.cpath = "build/luajit/?.so;" .. package.cpath]]

-- An error ends it, too.
local RUN = "lua local ok, why = pcall(dofile, %q) if not ok then io.stderr:write(tostring(why)) vim.cmd('cquit') end"

-- What every snippet has: say(...) writes to stdout, leave() ends Neovim from anywhere.
local PRELUDE = [[
function say(...) io.stdout:write(table.concat(vim.tbl_map(tostring, { ... }), "\t"), "\n") end
function leave() vim.schedule(function() vim.cmd("qall!") end) end
]]

--- Runs a file of Lua, or Lua itself, to the end of Neovim.
---@param code string a path that ends in .lua, or Lua that calls say(...) and, at its end, leave()
---@param options { env: table<string, string>|nil, runtime: string|nil }|nil `runtime`: a plugin's folder
---@return integer exit code
---@return string stdout
---@return string stderr
function M.run(code, options)
  options = options or {}
  local path = code
  if not code:find("%.lua$") then
    path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(PRELUDE, code)
    file:close()
  end
  -- -n: no swap file; the plugin's folder is there before plugins are loaded
  local words = { "nvim", "--headless", "--clean", "-n", "--cmd", PATHS, "--cmd", "set runtimepath+=." }
  if options.runtime then
    words[#words + 1] = "--cmd"
    words[#words + 1] = "set runtimepath+=" .. options.runtime
  end
  words[#words + 1] = "-c"
  words[#words + 1] = RUN:format(path)
  local exit_code, output, errors = process.run(words, { env = options.env })
  if path ~= code then os.remove(path) end
  return exit_code, output, errors
end

return M
