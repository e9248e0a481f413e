--- Says what will not work after `make install`, and what to do about it; nothing where everything will.
-- Usage: LUA tools/installed.lua LUA LUADIR LIBDIR BINDIR, with the Lua that was installed for.

local name, modules, libraries, programs = arg[1], arg[2], arg[3], arg[4]
local version = _VERSION:match("[0-9]%.[0-9]")

local function has(module) return (pcall(require, module)) end

local function note(...)
  io.write("note: ", table.concat({ ... }), "\n")
end

local function install(package, rock)
  return ("apt-get install %s (Debian), or luarocks --lua-version %s install %s"):format(package, version, rock)
end

local function succeeds(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  return ok == true or ok == 0
end

-- The other Lua that `simulate` and `listen` run under: see lua/vertexsms/cli/interpreter.lua.
local function server()
  for _, lua in ipairs({ "luajit", "lua5.1" }) do
    local code = "require 'http.server' require 'cqueues.signal' require 'cjson' require 'argparse'"
    if succeeds(('%s -e "%s"'):format(lua, code)) then return lua end
  end
end

local function has_core(lua)
  local path = libraries:gsub("[0-9]%.[0-9]$", "5.1") .. "/?.so"
  local code = "package.cpath = '%s;' .. package.cpath require 'vertexsms.core'"
  return succeeds(('env -u LUA_CPATH %s -e "%s"'):format(lua, code:format(path)))
end

local function check_places()
  if has("vertexsms.core") then return end
  note(name, " does not look into these folders. The command finds them; for programs, set")
  note(("  LUA_PATH='%s/?.lua;%s/?/init.lua;;' LUA_CPATH='%s/?.so;;'"):format(modules, modules, libraries))
  package.path = ("%s/?.lua;%s/?/init.lua;%s"):format(modules, modules, package.path)
  package.cpath = ("%s/?.so;%s"):format(libraries, package.cpath)
  local ok, reason = pcall(require, "vertexsms.core")
  if not ok then note("the core does not load: ", tostring(reason)) end
end

local function check_modules()
  if not has("cjson") then
    note("nothing works without cjson, which is missing for ", name, ": ", install("lua-cjson", "lua-cjson"))
  end
  if not has("argparse") then
    note("the command vertexsms needs argparse, which is missing for ", name, ": ", install("lua-argparse", "argparse"))
  end
end

local function check_http()
  if has("http.server") and has("cqueues.signal") then return end
  local lua = server()
  if not lua then
    note("vertexsms simulate and vertexsms listen will not work: lua-http is missing for ", name)
    note("  luarocks --lua-version ", version, " install http; Debian's lua-http is for LuaJIT and Lua 5.1")
  elseif not has_core(lua) then
    note(("lua-http is missing for %s. vertexsms simulate runs under %s therefore, and so does vertexsms listen after")
      :format(name, lua))
    note("  the same make install with LUA=", lua)
  end
end

local function check_authorities()
  local ok, core = pcall(require, "vertexsms.core")
  local path = ok and core.authorities
  if not ok or path and io.open(path) then return end
  note("HTTPS will fail: libcurl finds no certificate authorities (Debian: ca-certificates)")
end

local function check_command()
  if (":" .. (os.getenv("PATH") or "") .. ":"):find(":" .. programs .. ":", 1, true) then return end
  note("the command is ", programs, "/vertexsms: ", programs, " is not in $PATH")
end

check_places()
check_modules()
check_http()
check_authorities()
check_command()
