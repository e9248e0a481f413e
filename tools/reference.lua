-- Writes the pages of the reference for LDoc, from the annotations in the sources: luajit tools/reference.lua FOLDER.
--
-- A page is made of what is public, wherever its sources stand: the functions of a public module, the methods of a
-- class, and the types that they take and give. A type that no page has is an error.

local METHOD_FILES = require("tools.methods")
local OUTBOX_FILES = require("tools.outbox_methods")

local PAGES = {
  { name = "vertexsms", file = "init" },
  { name = "Client", class = "SafeClient", files = METHOD_FILES,
    intro = "What vertexsms.new and vertexsms.safe.new make.  Make one, keep it.\n\n"
    .. "Its methods raise an error; those of a client of vertexsms.safe.new return `nil, err` instead.  Arguments of\n"
    .. "a wrong type raise a plain message in both.\n\n"
    .. "How surely a fact about VertexSMS is known: `[seed]` its introduction page, `[doc]` its other public pages,\n"
    .. "`[ref]` an API reference given to an integrator, `[note]` an answer to an integrator, `[open]` not known." },
  { name = "Call", class = "Call", intro = "A submitted call: what @{Client:submit} returns." },
  { name = "Types", types = {}, intro = "What the methods of a client take and give." }, -- found below
  { name = "Options", types = { "Options", "Retry", "HostName" },
    intro = "What vertexsms.new and vertexsms.safe.new take." },
  { name = "Error", types = { "Error", "Kind", "Outcome" },
    intro = "What a failed call raises, or returns as its second value." },
  { name = "vertexsms.callback", file = "callback", raises = { "parse", "url", "handler" }, types = {
    "Report", "ReportKind", "HandlerOptions", "CallContext", "CallEvent", "CallbackStore",
  } },
  { name = "vertexsms.tracking", file = "tracking", functions = { "new" }, raises = { "new" },
    types = { "TrackOptions", "Resolved", "TrackingStore" } },
  { name = "Tracking", class = "Tracking", intro = "What a client with the option `track` has as `tracking`." },
  { name = "vertexsms.outbox", file = "outbox", functions = { "open" }, raises = { "open" }, types = {
    "OutboxOptions", "OutboxKeep", "RunOptions", "AddOptions", "Added", "OutboxRow", "OutboxChange", "OutboxState",
    "OutboxListOptions", "OutboxStatus",
  } },
  { name = "Outbox", class = "SafeOutbox", files = OUTBOX_FILES,
    intro = "What vertexsms.outbox.open makes.  Its methods raise an error; those of an outbox of\n"
    .. "vertexsms.outbox.safe.open return `nil, err` instead." },
  { name = "vertexsms.guard", file = "guard", functions = { "new" }, raises = { "new" },
    types = { "GuardOptions", "GuardBudget", "GuardBreaker", "GuardRetries", "GuardStatus", "SendOptions" } },
  { name = "Guard", class = "Guard", intro = "What a client with the option `guard` has as `guard`." },
  { name = "vertexsms.text", file = "text", raises = { "analyze", "count", "split", "simplify" }, types = {
    "Cost", "Culprit", "Change", "TextOptions", "SplitOptions", "SimplifyOptions", "UdhFunctions", "Udh", "Element",
    "Concatenation",
  } },
  { name = "vertexsms.address", file = "address", types = { "NormalizeOptions" } },
  { name = "vertexsms.json", file = "json", functions = { "array", "encode", "decode", "null" } },
}

local SOURCES = "lua/vertexsms/"

-- The page of each type.
local PAGE_OF = { Client = "Client", AnyClient = "Client", Outbox = "Outbox" }
for _, page in ipairs(PAGES) do
  for _, name in ipairs(page.types or { page.class }) do PAGE_OF[name] = page.name end
end

-- The parts of a comment: words, then tags with their rest. A class begins a part of its own.
local function read_comment(lines)
  local parts, tag = { { words = {}, tags = {} } }, nil
  for _, line in ipairs(lines) do
    local name, rest = line:match("^%-%-%-@(%l+) ?(.*)$")
    local part = parts[#parts]
    local word, meaning = line:match('^%-%-%-| "([%w_]+)" # (.*)$')
    if word then name, rest = "field", word .. " string " .. meaning end
    if name == "alias" then name = "class" end
    if name == "class" and part.class then
      part = { words = {}, tags = {} }
      parts[#parts + 1] = part
    end
    if name == "class" then
      part.class, tag = rest:match("^vertexsms%.([%w_.]+)"), nil
      part.parent = rest:match(": vertexsms%.([%w_]+)")
    elseif name then
      tag = { name = name, rest = rest }
      table.insert(part.tags, tag)
    elseif tag and line:find("^%-%-%-?  ?%S") and not line:find("^%-%-%- %S") then
      tag.rest = tag.rest .. " " .. line:match("^%-+ *(.*)$")
    else
      table.insert(part.words, (line:match("^%-+ ?(.*)$")))
    end
  end
  return parts
end

-- { file, words, tags, class, code }: what is documented in a file, with the line of code below it.
local function read_items(file)
  local items, lines = {}, {}
  for indented in io.lines(file) do
    local line = indented:gsub("^ +", "")
    if line:find("^%-%-%-") or #lines > 0 and line:find("^%-%-") then
      lines[#lines + 1] = line
    elseif #lines > 0 then
      for _, part in ipairs(read_comment(lines)) do
        part.file, part.code = file, line
        items[#items + 1] = part
      end
      lines = {}
    end
  end
  return items
end

local function read_all()
  local all, files = {}, assert(io.popen("find " .. SOURCES .. " -name '*.lua' ! -name '*.meta.lua' | LC_ALL=C sort"))
  for file in files:lines() do
    for _, item in ipairs(read_items(file)) do all[#all + 1] = item end
  end
  files:close()
  return all
end

-- A type ends at the first space outside of brackets, unless a colon or a comma is before that: `fun(a: b): c`.
local function split_type(text)
  local depth, last = 0, #text
  for position, char in text:gmatch("()(.)") do
    if char:find("[%(<{]") then depth = depth + 1 end
    if char:find("[%)>}]") then depth = depth - 1 end
    if char == " " and depth == 0 and not text:find("^[:,]", position - 1) then
      last = position - 1
      break
    end
  end
  return text:sub(1, last), text:sub(last + 1)
end

local function link(name)
  return ("@{%s.%s|%s}"):format(assert(PAGE_OF[name], "no page has the type vertexsms." .. name), name, name)
end

-- A class's own page is where its methods are.
local function link_type(name)
  for _, page in ipairs(PAGES) do
    if page.class and page.name == PAGE_OF[name] then return ("@{%s|%s}"):format(page.name, name) end
  end
  return link(name)
end

local ESCAPES = { ["<"] = "&lt;", [">"] = "&gt;" }

local function type_text(text)
  if not text:find("vertexsms%.") then return "`" .. text .. "`" end
  return (text:gsub("[<>]", ESCAPES):gsub("vertexsms%.([%u][%w_]*)", link_type))
end

local function linked(words)
  return (words:gsub("vertexsms%.(%u[%w_]*)", function(name) return PAGE_OF[name] and link_type(name) end))
end

local function write_words(out, words)
  for i, line in ipairs(words) do out:write(i == 1 and "--- " or "-- ", linked(line), "\n") end
end

local function write_named(out, tag, rest)
  local name, after = rest:match("^%[?([^%s%]]+)%]? (.*)$")
  local kind, words = split_type(after)
  out:write(("-- @%s %s %s%s\n"):format(tag, name, type_text(kind), linked(words)))
end

-- What follows the first result of a method is its error: raised, here.
local function write_returns(out, tags, raises)
  local returns, fails = {}, false
  for _, tag in ipairs(tags) do
    if tag.name == "return" and raises and tag.rest:find("^vertexsms%.Error") then
      fails = tag.rest:match("^vertexsms%.Error|nil ?(.*)$") or ""
    elseif tag.name == "return" then
      returns[#returns + 1] = tag.rest
    end
  end
  for _, rest in ipairs(returns) do
    local kind, words = split_type(rest)
    if fails then kind = kind:gsub("|nil$", ""):gsub("^nil|", "") end
    out:write(("-- @return %s%s\n"):format(type_text(kind), linked(words)))
  end
  if fails then out:write("-- @raise ", link("Error"), fails ~= "" and ": " .. fails or "", "\n") end
end

local function is_in(list, name)
  for _, each in ipairs(list or {}) do
    if each == name then return true end
  end
  return false
end

local function write_function(out, item, name, parameters, page)
  write_words(out, item.words)
  for _, tag in ipairs(item.tags) do
    if tag.name == "param" then write_named(out, "param", tag.rest) end
  end
  write_returns(out, item.tags, page.class ~= nil)
  if is_in(page.raises, name) then out:write("-- @raise ", link("Error"), " of kind `invalid_argument`\n") end
  if name:find(".", 1, true) then return out:write("-- @function ", name, "\n\n") end
  out:write(("function M%s%s(%s) end\n\n"):format(page.class and ":" or ".", name, parameters))
end

local function write_type(out, item)
  write_words(out, item.words[1] and item.words or { "" })
  if item.parent then out:write("--\n-- It has the fields of ", link(item.parent), " too.\n") end
  out:write("-- @table ", item.class, "\n")
  for _, tag in ipairs(item.tags) do
    if tag.name == "field" then write_named(out, "field", tag.rest) end
  end
  out:write("\n")
end

-- What is documented at the top of a public module.
local function write_intro(out, page)
  out:write("--- ")
  if page.intro then
    out:write((page.intro:gsub("\n", "\n-- ")), "\n")
  else
    local text = ""
    for line in io.lines(SOURCES .. page.file .. ".lua") do
      if not line:find("^%-%-") then break end
      if not line:find("^%-%- @module") then text = text .. line:gsub("^%-%-%-? ?", "-- ") .. "\n" end
    end
    out:write((text:gsub("^%-%- ", "")))
  end
  out:write("-- @", page.class and "classmod " or "module ", page.name, "\n", "local M = {}\n\n")
end

-- A function, or a value with a name, of a public module.
local function write_member(out, item, page)
  local name, parameters = item.code:match("^function %u%w*%.([%w_.]+)%((.-)%)")
  local value = item.code:match("^M%.([%w_]+) =") or item.code:match("^([%w_]+) =.*,$")
  if item.class or not (name or value) or page.functions and not is_in(page.functions, name or value) then return end
  local first = item.tags[1]
  if name or first and first.name == "param" then
    return write_function(out, item, name or value, parameters or first.rest:match("^[%w_]+"), page)
  end
  write_words(out, item.words)
  out:write("M.", value, " = nil\n\n")
end

-- What a handler alone calls says so.
local function is_for_callers(item)
  return not (item.words[1] or ""):find("^For a handler")
end

-- The methods of a class: they stand in the files that name the class, which a page may put into an order.
local function methods_of(page, items)
  local files, methods = page.files or {}, {}
  for _, item in ipairs(items) do
    if item.class == page.class and not is_in(files, item.file) then files[#files + 1] = item.file end
  end
  for _, file in ipairs(files) do
    for _, item in ipairs(items) do
      local name, parameters = item.code:match("^function %u%w*:([%w_]+)%((.-)%)")
      if name and item.file == file and is_for_callers(item) then
        methods[#methods + 1] = { name = name, parameters = parameters, item = item }
      end
    end
  end
  return methods
end

local function write_methods(out, page, items)
  for _, method in ipairs(methods_of(page, items)) do
    write_function(out, method.item, method.name, method.parameters, page)
  end
end

-- Puts the types that an item names, and those that these name, on a page, unless they have one.
local function place_types(item, page, items)
  for _, tag in ipairs(item.tags) do
    for name in tag.rest:gmatch("vertexsms%.(%u[%w_]*)") do
      if not PAGE_OF[name] then
        PAGE_OF[name] = page.name
        table.insert(page.types, name)
        for _, other in ipairs(items) do
          if other.class == name then place_types(other, page, items) end
        end
      end
    end
  end
end

local function place_types_of_client(items)
  local client, types
  for _, page in ipairs(PAGES) do
    if page.name == "Client" then client = page end
    if page.name == "Types" then types = page end
  end
  for _, method in ipairs(methods_of(client, items)) do place_types(method.item, types, items) end
end

local function write_page(folder, page, items)
  local out = assert(io.open(("%s/%s.lua"):format(folder, page.name), "w"))
  write_intro(out, page)
  if page.class then write_methods(out, page, items) end
  for _, item in ipairs(items) do
    if page.file and item.file == SOURCES .. page.file .. ".lua" then write_member(out, item, page) end
  end
  for _, name in ipairs(page.types or {}) do
    for _, item in ipairs(items) do
      if item.class == name then write_type(out, item) end
    end
  end
  out:write("return M\n")
  out:close()
end

local items = read_all()
place_types_of_client(items)
for _, page in ipairs(PAGES) do write_page(arg[1], page, items) end
