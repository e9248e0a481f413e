-- Draws who uses whom, from the `#include` lines of csrc/ and the `require` calls of lua/, also inside functions, and
-- what is loaded late.
-- Fails at a circle, at an arrow that points upwards, and at a header that hides one.
--
--     luajit tools/arrows.lua [lua|csrc] [--print]
--
-- With a name only that half is looked at; --print draws the arrows, too.
--
-- A room may use the rooms that stand below it in its table; a new room, or a new arrow, is written down here.

-- csrc/: the folder of a file is its room. The public headers in vsms/ belong to the lowest room that they describe;
-- vsms.h is the umbrella over them, for code outside of the core.
local C_ROOMS = {
  base = {},
  http = { "base" },
  handoff = { "base" },
  engine = { "http", "handoff", "base" },
  text = { "base" },
  callback = { "base" },
  store = { "handoff", "text", "base" },
  umbrella = { "http", "text", "callback", "store", "base" },
  lua = { "umbrella", "engine", "text", "callback", "store", "base" },
  fuzz = { "umbrella", "http", "handoff", "engine", "text", "callback", "store", "base" },
}
local C_PUBLIC = {
  ["vsms/base.h"] = "base", ["vsms/ticket.h"] = "base", ["vsms/engine.h"] = "http", ["vsms/text.h"] = "text",
  ["vsms/callback.h"] = "callback", ["vsms/store.h"] = "store", ["vsms.h"] = "umbrella",
}

-- lua/vertexsms/: from the base up; a room uses itself and whatever is listed before it. A file at the top is a room.
local LUA_ROOMS = {
  "core", "base", "json", "address", "error", "check", "text", "message", "host", "store", "request", "tracking",
  "guard", "options", "api", "client", "init", "lua_http", "callback", "outbox", "server", "simulator", "doctor",
  "health", "mcp", "cli",
}

local function lines_of(command)
  local pipe, list = assert(io.popen(command)), {}
  for line in pipe:lines() do list[#list + 1] = line end
  pipe:close()
  return list
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local problems, arrows = {}, {}

local half, is_printed = nil, false
for _, word in ipairs(arg) do
  if word == "--print" then is_printed = true else half = word end
end

local function add(from, to)
  arrows[from] = arrows[from] or {}
  table.insert(arrows[from], to)
end

local function complain(...) problems[#problems + 1] = string.format(...) end

---- csrc

local c_files = {}
for _, path in ipairs(half == "lua" and {} or lines_of("find csrc -name '*.[ch]' | sort")) do
  c_files[path:sub(6)] = true
end

-- What a header declares: names at the left margin. What a source defines: those with a body.
local function functions_of(text, after)
  local found = {}
  for name, rest in text:gmatch("\n%l[^\n;={}()]-[ *](vsms_[%w_]+)(%b()[^\n;{]*[;{])") do
    if rest:sub(-1) == after then found[#found + 1] = name end
  end
  return found
end

-- Lists of what many files define, for one file above them.
local C_LISTS = { ["lua/open.h"] = true }

-- The source of each function.
local function definitions()
  local source_of = {}
  for name in pairs(c_files) do
    for _, fn in ipairs(name:find("%.c$") and functions_of("\n" .. read("csrc/" .. name), "{") or {}) do
      source_of[fn] = name
    end
  end
  return source_of
end

-- Those sources a header may declare functions of: of its own name (poller.h: poller_epoll.c, poller_poll.c), or of its
-- folder, where that has its name (store/sqlite/sqlite.h).
local function stem_of(header)
  local stem = header:sub(1, -3)
  return stem:match("^(.*/([%w_]+)/)%2$") or stem
end

-- A header that declares what another module defines hides the arrow to that module. Those of vsms/ describe a room.
local function check_declarations(name, source_of)
  local stem = stem_of(name)
  for _, fn in ipairs(functions_of("\n" .. read("csrc/" .. name), ";")) do
    local source = source_of[fn]
    if source and source:sub(1, #stem) ~= stem then
      complain("csrc/%s declares %s, which csrc/%s defines: declare it in a header of that source", name, fn, source)
    end
  end
end

local source_of = definitions()
for name in pairs(c_files) do
  if name:find("%.h$") and not C_PUBLIC[name] and not C_LISTS[name] then check_declarations(name, source_of) end
end

local function c_room(name) return C_PUBLIC[name] or name:match("^(%w+)/") or "base" end

local function c_allows(from, to)
  if from == to then return true end
  for _, room in ipairs(C_ROOMS[from]) do
    if room == to then return true end
  end
end

-- A source and its header are one module: the circle of two modules is found through either file.
local function c_module(name) return "csrc/" .. name:gsub("%.[ch]$", "") end

for name in pairs(c_files) do
  local room = c_room(name)
  if not C_ROOMS[room] then complain("csrc/%s is in a room that tools/arrows.lua does not know", name) end
  for included in ("\n" .. read("csrc/" .. name)):gmatch('\n#include "([^"]+)"') do
    if not c_files[included] then
      complain("csrc/%s includes %s, which is not a path from csrc/", name, included)
    else
      add(c_module(name), c_module(included))
      if C_ROOMS[room] and not c_allows(room, c_room(included)) then
        complain("csrc/%s (%s) includes %s (%s): this arrow points upwards", name, room, included, c_room(included))
      end
    end
  end
end

---- lua/vertexsms

local lua_files, rank = {}, {}
for i, room in ipairs(LUA_ROOMS) do rank[room] = i end

for _, path in ipairs(half == "csrc" and {} or lines_of("find lua/vertexsms -name '*.lua' | sort")) do
  local name = path:match("^lua/vertexsms/(.*)%.lua$"):gsub("/", ".")
  if name ~= "init" then name = name:gsub("%.init$", "") end
  lua_files[name] = path
end

local function lua_room(name) return name:match("^[^.]+") end

-- `require("vertexsms")`, `require("vertexsms.x.y")`, `pcall(require, "vertexsms.x")`,
-- `require("vertexsms.x." .. name)`, `late.add(functions, "vertexsms.x", names)`.
local function required_by(text)
  local found = {}
  local function add_all(pattern)
    for name, after in text:gmatch(pattern) do
      if after == "." then -- a folder of which a name chooses
        for other in pairs(lua_files) do
          if other:sub(1, #name) == name and not other:find(".", #name + 1, true) then found[other] = true end
        end
      else
        found[name == "" and "init" or name] = true
      end
    end
  end
  add_all('require[%s,(]+"vertexsms%.?([%w_.]*)"%s*([.)]?)')
  add_all('late%.add%([%w_]+, "vertexsms%.?([%w_.]*)"%s*([.)]?)')
  return found
end

-- Comments show what users require.
local function without_comments(text) return (text:gsub("%-%-[^\n]*", "")) end

for name, path in pairs(lua_files) do
  local room = lua_room(name)
  if not rank[room] then complain("%s is in a room that tools/arrows.lua does not know", path) end
  for other in pairs(required_by(without_comments(read(path)))) do
    local other_room = lua_room(other)
    if other ~= "core" and not lua_files[other] then
      complain("%s requires vertexsms.%s, which does not exist", path, other)
    end
    add("lua/" .. name, "lua/" .. other)
    if rank[room] and rank[other_room] and rank[other_room] > rank[room] then
      complain("%s requires vertexsms.%s: this arrow points upwards", path, other)
    end
  end
end

---- circles

local state, trail = {}, {}

local function visit(node)
  if state[node] == "done" then return end
  trail[#trail + 1] = node
  if state[node] == "open" then
    local first = #trail - 1
    while trail[first] ~= node do first = first - 1 end
    complain("a circle: %s", table.concat(trail, " -> ", first))
  else
    state[node] = "open"
    table.sort(arrows[node] or {})
    for _, other in ipairs(arrows[node] or {}) do
      if other ~= node then visit(other) end
    end
    state[node] = "done"
  end
  trail[#trail] = nil
end

local nodes = {}
for node in pairs(arrows) do nodes[#nodes + 1] = node end
table.sort(nodes)
for _, node in ipairs(nodes) do visit(node) end

if is_printed then
  for _, node in ipairs(nodes) do print(node .. " -> " .. table.concat(arrows[node], " ")) end
end
table.sort(problems)
for _, problem in ipairs(problems) do print(problem) end
os.exit(#problems == 0 and 0 or 1)
