-- The reference that `make docs` builds. It is asked once, not by every Lua.

local process = require("spec.support.process")

if process.lua() ~= "luajit" then return end

describe("the reference", function()
  local folder, pages

  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    local code, _, errors = process.run({ "env", "BUILD=" .. folder, "tools/docs.sh" })
    assert.equal(0, code, errors)
    assert.equal("", errors)
    pages = {}
    for path in io.popen("find " .. folder .. "/docs -name '*.html'"):lines() do
      pages[path:sub(#folder + 7)] = process.read_file(path)
    end
  end)
  teardown(function() os.execute("rm -rf " .. folder) end)

  it("has every method of a client on one page, with what it returns and raises", function()
    local page = pages["classes/Client.html"]
    for name in pairs(require("vertexsms.client").methods) do
      local entry = page:match('<a name = "Client:' .. name .. '"></a>(.-)</dd>')
      assert.is_truthy(entry, name)
      assert.matches("<h3>Returns:</h3>", entry, 1, true)
      local cannot_fail = ({ submit = true, update = true, close = true })[name]
      assert.equal(not cannot_fail, entry:find("<h3>Raises:</h3>", 1, true) ~= nil, name)
    end
  end)

  it("has nothing that is private", function()
    for _, name in ipairs({ "from_refusal", "fields_to_wire", "Tracking:settle", "on_ticket" }) do
      for path, page in pairs(pages) do assert.is_nil(page:find(name, 1, true), path) end
    end
  end)

  it("links to what is there", function()
    local count = 0
    for path, page in pairs(pages) do
      local base = path:match("^(.*/)[^/]*$") or ""
      for target in page:gmatch('href="([^"]*)"') do
        local file, anchor = target:match("^([^#]*)#(.+)$")
        if file and not target:find("^https?:") then
          file = file == "" and path or (base .. file):gsub("[^/]+/%.%./", "")
          local found = assert(pages[file], path .. ": " .. target)
          assert.is_truthy(found:find('<a name="' .. anchor .. '"', 1, true)
            or found:find('<a name = "' .. anchor .. '"', 1, true), path .. ": " .. target)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 100)
  end)

  it("says which version it is of, and nothing of the program that made it", function()
    local version = require("vertexsms").version
    for path, page in pairs(pages) do
      assert.is_truthy(page:find("<i>vertexsms " .. version .. "</i>", 1, true), path)
      assert.is_nil(page:find("TESTING", 1, true))
      assert.is_nil(page:find("Last updated", 1, true))
    end
  end)
end)
