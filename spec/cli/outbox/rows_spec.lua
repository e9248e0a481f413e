local rows = require("vertexsms.cli.outbox.rows")

-- All rows, or what is wrong with them.
local function read(text)
  local source, reason = rows.read(text)
  local list = { titles = source and source.titles }
  if not source then return nil, reason end
  reason = source.each(function(line, values)
    local row = { line = line, values = {} }
    for name, value in pairs(values) do row.values[name] = value end
    list[#list + 1] = row
  end)
  if reason then return nil, reason end
  return list
end

local function values(text)
  local list = {}
  for i, row in ipairs(assert(read(text))) do list[i] = row.values end
  return list
end

describe("the rows of a campaign", function()
  it("are those of a CSV file, as RFC 4180 and spreadsheets have it", function()
    local wanted = { { name = "Ann", number = "1" }, { name = 'Bob "B", jr', number = "2" } }
    assert.same(wanted, values('name,number\nAnn,1\n"Bob ""B"", jr",2\n'))
    assert.same(wanted, values('name,number\r\nAnn,1\r\n\r\n"Bob ""B"", jr",2'))
    assert.same({ { name = "Ann", number = "1" } }, values("name;number\nAnn;1\n"))
    assert.same({ { name = "Ann", number = "1" } }, values("name\tnumber\nAnn\t1\n"))
    assert.same({ { name = "Ann", number = "" } }, values("name,number\nAnn\n"))
    assert.same({ { name = "two\nlines", number = "1" }, { name = "x", number = "2" } },
      values('name,number\n"two\nlines",1\nx,2\n'))
  end)

  it("are those of a file with an object of JSON a line", function()
    assert.same({ { name = "Ann", number = "37069912345" }, { number = "2", ok = "true" } },
      values('{"name":"Ann","number":37069912345}\n\n{"number":"2","ok":true}\n'))
  end)

  it("end their lines in any way, and in several", function()
    local wanted = { { a = "1", b = "2" }, { a = "3", b = "4" }, { a = "5", b = "6\r7" } }
    for _, ending in ipairs({ "\n", "\r\n", "\r" }) do
      local all = assert(read(("a,b\n1,2\n\n3,4\n5,\"6\r7\"\n"):gsub("\n", ending)))
      for i, row in ipairs(all) do assert.same(wanted[i], row.values) end
      assert.same({ 2, 4, 5 }, { all[1].line, all[2].line, all[3].line })
    end
    assert.same({ { a = "1", b = "2" }, { a = "3", b = "4" } }, values("a,b\r1,2\r\n3,4\n"))
  end)

  it("are no longer read when that is told", function()
    local taken = {}
    assert.equal("enough", assert(rows.read("a\n1\n2\n3\n")).each(function(line, row)
      taken[#taken + 1] = row.a
      return line == 3 and "enough" or nil
    end))
    assert.same({ "1", "2" }, taken)
  end)

  it("know their lines", function()
    local all = assert(read('name,number\n"two\nlines",1\n\nx,2\n'))
    assert.same({ 2, 5 }, { all[1].line, all[2].line })
  end)

  it("are refused where they are not rows", function()
    for text, reason in pairs({
      [""] = "the file is empty", ['a,b\n"x,1\n'] = "line 2 has a quote that does not end",
      ['a,b\n"x"y,1\n'] = "line 2 has something behind a quoted field",
      ["a,b\n1,2,3\n"] = "line 2 has 3 fields, and the first line has 2",
      ['{"a":1}\n7\n'] = "line 2 must be a JSON object",
      ['{"a":1}\n{"to":1,"to":2}\n'] = 'line 2 has "to" twice in one object: leave one of them out',
    }) do
      local all, why = read(text)
      assert.same({ nil, reason }, { all, why })
    end
  end)

  it("have their number in the column that is named so, or in the first", function()
    local function title(text, wanted)
      local all = assert(read(text))
      return rows.number_title(all[1].values, all.titles, wanted)
    end
    assert.equal("Phone", (title("name,Phone\nx,1\n")))
    assert.equal("mobil", (title("mobil,name\n1,x\n")))
    assert.equal("name", (title("mobil,name\n1,x\n", "name")))
    assert.same({ nil, '--to-column "x" is not the title of a column; the file has "mobil", "name"' },
      { title("mobil,name\n1,x\n", "x") })
    assert.is_nil((title('{"mobil":"1"}')))
  end)

  it("fill a text", function()
    local function fill(text) return rows.fill(rows.template(text), { name = "Ann", town = "Vilnius" }) end
    assert.equal("Hi Ann, {1}", fill("Hi {name}, {{1}"))
    assert.equal("AnnAnn of Vilnius", fill("{name}{name} of {town}"))
    assert.equal("{Ann} { x {y", fill("{{{name}} { x {y"))
    assert.equal("", fill(""))
    assert.same({ nil, 'has no column "nam", which --message names' }, { fill("Hi {nam}") })
  end)
end)
