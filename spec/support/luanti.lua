--- A real Luanti (Minetest) server for a spec: a game with one stone, a world without a map, and mods.

local process = require("spec.support.process")

local M = {}

-- Debian's /usr/games/minetestserver is a script that logs to /var.
local PROGRAMS = { "/usr/lib/minetest/minetestserver", "/usr/bin/luantiserver", "/usr/bin/minetestserver" }

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

--- The server's program, or nil where none is installed.
---@return string|nil
function M.program()
  for _, path in ipairs(PROGRAMS) do
    if exists(path) then return path end
  end
end

local function run(command)
  local status = os.execute(command)
  assert(status == true or status == 0, command)
end

local function write(path, text)
  run(("mkdir -p %s"):format(path:match("^(.*)/")))
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function write_game(folder)
  write(folder .. "/games/stone/game.conf", "title = stone\n")
  write(folder .. "/games/stone/mods/stone/mod.conf", "name = stone\n")
  write(folder .. "/games/stone/mods/stone/init.lua",
    'minetest.register_node("stone:stone", {})\nminetest.register_alias("mapgen_stone", "stone:stone")\n')
  write(folder .. "/world/world.mt", "gameid = stone\nbackend = dummy\nplayer_backend = dummy\nauth_backend = files\n")
end

--- Starts one.
---@param options { mod: string, probe: string, settings: string, port: integer, files: table<string, string>|nil,
---  env: table<string, string>|nil }
---  `mod`: folder of the mod; `probe`: code of a second mod that needs it; $folder stands for the server's own folder
---@return table process with `folder`
function M.start(options)
  local folder = os.tmpname()
  os.remove(folder)
  local function here(text) return (text:gsub("%$folder", folder)) end
  write_game(folder)
  local mods = folder .. "/world/worldmods"
  run(("mkdir -p %s && cp -r %s %s/vertexsms_report"):format(mods, options.mod, mods))
  write(mods .. "/probe/mod.conf", "name = probe\noptional_depends = vertexsms_report\n")
  write(mods .. "/probe/init.lua", here(options.probe))
  write(folder .. "/minetest.conf", "mg_name = singlenode\nbind_address = 127.0.0.1\n" .. here(options.settings))
  for name, text in pairs(options.files or {}) do write(folder .. "/" .. name, text) end
  local environment = { HOME = folder, MINETEST_USER_PATH = folder, MINETEST_SUBGAME_PATH = folder .. "/games" }
  for name, value in pairs(options.env or {}) do environment[name] = value end
  local server = process.start({
    M.program(), "--config", folder .. "/minetest.conf", "--world", folder .. "/world", "--gameid", "stone",
    "--port", tostring(options.port), "--logfile", "",
  }, { env = environment })
  server.folder = folder
  return server
end

--- Ends it by its pid and removes its folder.
---@param server table
---@return integer exit code
function M.stop(server)
  server:signal("TERM")
  local code = server:wait()
  run("rm -rf " .. server.folder)
  return code
end

return M
