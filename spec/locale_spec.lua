-- A host may set a locale, before it loads the library or after. What goes over the wire, what is read from there and
-- what is kept are the same in all of them. tools/test.sh runs every spec under one of these; here each is tried on
-- every Lua, in both orders, in a process of its own.

local lint = require("spec.support.locale_lint")
local process = require("spec.support.process")
local scripted = require("spec.support.scripted")
local tracks = require("spec.support.tracked")

local LOCALES = { "lt_LT.ISO-8859-13", "lt_LT.UTF-8", "tr_TR.UTF-8", "tr_TR.ISO-8859-9" }

local function is_there(name)
  local path = os.getenv("LOCPATH")
  local file = path and io.open(("%s/%s/LC_CTYPE"):format(path, name))
  if file then file:close() end
  return file ~= nil
end

local function start_script(server)
  server:script(
    { body = '["1200000001"]', headers = { ["X-VERTEXSMS-AMOUNT-SENT"] = "2" } },
    { status = 400, body = '{"message":"Invalid value for field \'from_ID\'.","limits":[1,2,0.5]}' },
    { body = "not JSON" },
    { body = '{"id":1200000001,"status":"DELIVERED","text":"I \195\161","dlrStatus":1,"error":0,"x":[1,2]}' },
    { body = '[{"parts":1,"pricePerPart":0.035,"totalPrice":0.035,"currency":"EUR","mccmnc":"24601"}]' },
    { body = '[{"CountryCode":"LT","Operator":"ALL","Network":"All","MCC":"246","MNC":null,"Rate":"0.039"}]' },
    { body = '{"a":[1,2.50,-0.035e1,1E3],"I":"\195\161"}', headers = { ["x-Info"] = "\225I" } })
end

-- What was printed, and what was sent.
local function run(server, locale, order)
  start_script(server)
  local words = { process.lua(), "spec/support/locale_program.lua", locale, order, server.url, tracks.new_path() }
  local code, output, errors = process.run(words, { env = { VERTEXSMS_SPEC_LOCALE = "C" } })
  assert.same({ 0, "" }, { code, errors })
  local raw = {}
  for i, request in ipairs(server:requests()) do raw[i] = request.raw:gsub("track=%x+", "track=ID") end
  return output, table.concat(raw, "\n")
end

describe("a locale", function()
  local server, printed, asked

  setup(function()
    server = scripted.start()
    printed, asked = run(server, "C", "before")
  end)

  teardown(function()
    server:stop()
    tracks.remove_files()
  end)

  it("is compared with what is right", function()
    for _, words in ipairs({
      "\n1200000001 2\n", "\ninvalid_request Invalid value for field 'from_ID'. from_ID\n", "\nprotocol unknown true\n",
      "\n403 200 200\ntrue\n", "\ndelivered true 0 I \195\161\n0.035\n0.039\n",
      '\n{"I":"\195\161","a":["1","2.50","-0.035e1","1E3"]}\n\225I\n{"I":"1,5","a":[1,2.5,-0.035,1000]}\n',
      'did you mean "to"?', 'did you mean "timeout"?', "0.1 to 3600 seconds",
    }) do
      assert.matches(words, printed, 1, true)
    end
    for _, words in ipairs({
      '"message":"A\196\141i\197\171 u\197\190 pirkin\196\175, I"', "POST /I/%E1?B=2&I=%E1%20I&a=3&i=1 HTTP/1.1",
      '{"B":0.33333333333333331,"I":0.5,"a":[1,2.5,-0.035],"b":"\\u0001\\u007f\194\128","i":1e-07}',
    }) do
      assert.matches(words, asked, 1, true)
    end
  end)

  for _, locale in ipairs(LOCALES) do
    for _, order in ipairs({ "before", "after" }) do
      it(("changes nothing: %s, set %s the library is loaded"):format(locale, order), function()
        if not is_there(locale) then return pending("the locale is not there") end
        local output, requests = run(server, locale, order)
        assert.equal(printed, output)
        assert.equal(asked, requests)
      end)
    end
  end

  -- vertexsms.base.ascii and vertexsms.base.number are what the others use.
  it("is not asked by any source", function()
    local findings = {}
    local pipe = io.popen("find lua bin -type f | sort")
    for path in pipe:lines() do
      local found = path ~= "lua/vertexsms/base/number.lua" and lint.check(process.read_file(path)) or {}
      for _, finding in ipairs(found) do findings[#findings + 1] = path .. ":" .. finding end
    end
    pipe:close()
    assert.equal("", table.concat(findings, "\n"))
  end)

  it("is not asked by the core", function()
    local forbidden = {
      "isal%a+%(", "isdigit%(", "isspace%(", "isx?print%(", "isxdigit%(", "ispunct%(", "iscntrl%(", "islower%(",
      "isupper%(", "tolower%(", "toupper%(", "strn?casecmp%(", "strcoll%(", "strxfrm%(", "strto[df]", "strtold",
      "ato[fi]%(", "s?scanf%(", "strftime%(", "strptime%(", "mbs?to", "wcs", "setlocale", "%%[-+ #0-9.*]*l?[eEfFgG]",
    }
    -- uselocale(3)
    local in_a_locale_of_its_own = { ["csrc/store/postgres/rows.c"] = { ["strto[df]"] = true } }
    local pipe = io.popen("find csrc -name '*.[ch]' -not -path '*/fuzz/*' | sort")
    for path in pipe:lines() do
      local code = process.read_file(path):gsub("/%*.-%*/", "")
      local allowed = in_a_locale_of_its_own[path] or {}
      for _, pattern in ipairs(forbidden) do
        local found = not allowed[pattern] and code:match("[^\n]*%f[%w_%%]" .. pattern .. "[^\n]*") or nil
        assert.is_nil(found, path)
      end
    end
    pipe:close()
  end)

  it("would be found by this spec", function()
    for _, line in ipairs({
      'x:find("%a")', 'x:match("^%d+$")', 'x = y:lower()', "z = string.upper(x)", 'x:gsub("[%c]", "")',
      "table.sort(names)",
      '("%.1f"):format(x)', '("%5g s"):format(x)', '("%q"):format(x)',
      'os.date("%A")', 'local P = "%s*"', '(x:find("%s")):format(1)',
      'string.format("%d", 1)', 'f("%w", ("%s"):format(x))',
    }) do
      assert.is_true(#lint.check(line) > 0, line)
    end
    for _, line in ipairs({
      'x:find("[A-Za-z]")', '("%d %s"):format(1, x)', 'ascii.lower(x)', "-- %d x:lower()", "y = [[ %d ]]", '("a%%d")',
      '("%.0f"):format(x)', '("%s" .. "%d"):format(1, 2)', 'local F = "%s" F:format(x)', 'os.date("!%Y-%m-%d")',
      "table.sort(names, f)", 'x:gsub("%%", "%1")', 'ascii.sort(names)',
    }) do
      assert.same({}, lint.check(line), line)
    end
  end)
end)
