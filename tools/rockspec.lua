--- Makes a release's rockspec of the one for the tree, which is read; the other is printed.
-- Usage: luajit tools/rockspec.lua VERSION; URL, MD5, HOMEPAGE and ISSUES are in the environment. LuaRocks knows no
-- checksum but MD5.

local version = arg[1]

local function stop(...)
  io.stderr:write("make dist: ", table.concat({ ... }), "\n")
  os.exit(1)
end

-- An https URL, quoted; nil where there is none.
local function url_of(variable, ending)
  local url = os.getenv(variable) or ""
  if url == "" then return nil end
  if not url:find("^https://[0-9A-Za-z.-]+/[^%s\"\\%c]*$") or ending and url:sub(-#ending) ~= ending then
    stop(variable, " must be such as https://example.com/", ending or "vertexsms", ", not ", url)
  end
  return ('"%s"'):format(url)
end

local function replace(text, from, to)
  local first, last = text:find(from, 1, true)
  if not first then stop("the rockspec of the tree has no ", from) end
  return text:sub(1, first - 1) .. to .. text:sub(last + 1)
end

local url = url_of("URL", ("vertexsms-%s.tar.gz"):format(version)) or stop("URL is missing")
local homepage, issues = url_of("HOMEPAGE"), url_of("ISSUES")

local text = io.read("*a"):gsub("^%-%-.-\n(rockspec_format)", "%1")
text = replace(text, '"scm-1"', ('"%s-1"'):format(version))
text = replace(text, '  url = "file://.",\n', ('  url = %s,\n  md5 = "%s",\n  dir = "vertexsms-%s",\n'):format(
  url, os.getenv("MD5"), version))
text = replace(text, '  license = "MIT",\n', '  license = "MIT",\n'
  .. (homepage and ("  homepage = %s,\n"):format(homepage) or "")
  .. (issues and ("  issues_url = %s,\n"):format(issues) or ""))
io.write(text)
