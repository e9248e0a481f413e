local timestamp = require("vertexsms.message.timestamp")

local function valid(text)
  assert.is_true(timestamp.is_valid(text), text)
end

local function invalid(text)
  assert.is_false(timestamp.is_valid(text), tostring(text))
end

describe("a point in time", function()
  it("has a date, a time and an offset", function()
    valid("2015-01-01T13:00:00+02:00")
    valid("2015-01-01T13:00:00-11:30")
    valid("2015-01-01T13:00:00+00:00")
    valid("2015-01-01T13:00:00Z")
    for _, bad in ipairs({
      "", "now", "2015-01-01", "13:00:00", "2015-01-01T13:00:00", "2015-01-01T13:00+02:00", "2015-01-01T13+02:00",
      "2015-01-01 13:00:00+02:00", "20150101T130000+0200", "20150101T130000Z", "2015-W01-4T13:00:00Z",
      "2015-001T13:00:00Z", "15-01-01T13:00:00Z", "+2015-01-01T13:00:00Z", "2015/01/01T13:00:00Z",
      "2015-1-1T13:00:00Z", "2015-01-01T1:00:00Z", "1420110000", "2015-01-01T13.00.00Z",
    }) do
      invalid(bad)
    end
  end)

  it("is on a day that exists", function()
    valid("2016-02-29T00:00:00Z")
    valid("2000-02-29T00:00:00Z")
    valid("2015-12-31T23:59:59Z")
    valid("2015-04-30T00:00:00Z")
    invalid("2015-02-29T00:00:00Z")
    invalid("1900-02-29T00:00:00Z")
    invalid("2100-02-29T00:00:00Z")
    invalid("2016-02-30T00:00:00Z")
    invalid("2015-04-31T00:00:00Z")
    invalid("2015-01-32T00:00:00Z")
    invalid("2015-01-00T00:00:00Z")
    invalid("2015-00-01T00:00:00Z")
    invalid("2015-13-01T00:00:00Z")
  end)

  it("is at a time that exists", function()
    valid("2015-01-01T00:00:00Z")
    invalid("2015-01-01T24:00:00Z")
    invalid("2015-01-01T25:00:00Z")
    invalid("2015-01-01T13:60:00Z")
    invalid("2015-01-01T13:00:60Z")
    invalid("2016-12-31T23:59:60Z")
    invalid("2015-01-01T-1:00:00Z")
  end)

  it("may have a fraction of a second", function()
    valid("2015-01-01T13:00:00.000Z")
    valid("2015-01-01T13:00:00.5+02:00")
    valid("2015-01-01T13:00:00.123456789-02:00")
    invalid("2015-01-01T13:00:00.Z")
    invalid("2015-01-01T13:00:00,5Z")
    invalid("2015-01-01T13:00:00.5")
    invalid("2015-01-01T13:00:00.-5Z")
    invalid("2015-01-01T13:00:00.5.5Z")
    invalid("2015-01-01T13:00:00.5e3Z")
  end)

  it("has an offset of hours and minutes", function()
    valid("2015-01-01T13:00:00+14:00")
    valid("2015-01-01T13:00:00+05:45")
    valid("2015-01-01T13:00:00+23:59")
    valid("2015-01-01T13:00:00-00:00")
    for _, bad in ipairs({
      "+24:00", "+02:60", "+0200", "+02", "+2:00", "+02:0", "+02:000", "02:00", "+-2:00", "++02:00", "ZZ", "Z+02:00",
      "+02:00Z", "+02:00:00", "UTC", " +02:00", " Z", "\226\136\14602:00", "EET", "+", "-",
    }) do
      invalid("2015-01-01T13:00:00" .. bad)
    end
  end)

  it("is in upper case", function()
    invalid("2015-01-01t13:00:00Z")
    invalid("2015-01-01T13:00:00z")
  end)

  it("has a number of seconds since 1970", function()
    for text, seconds in pairs({
      ["1970-01-01T00:00:00Z"] = 0, ["1969-12-31T23:59:59Z"] = -1, ["1970-01-01T00:00:00+02:00"] = -7200,
      ["1970-01-01T00:00:00-05:45"] = 20700, ["2000-02-29T12:34:56Z"] = 951827696, ["2000-03-01T00:00:00Z"] = 951868800,
      ["1999-12-31T23:59:59Z"] = 946684799, ["2001-01-01T00:00:00Z"] = 978307200, ["2004-02-29T00:00:00Z"] = 1078012800,
      ["2038-01-19T03:14:08Z"] = 2147483648, ["2100-02-28T23:59:59Z"] = 4107542399,
      ["2100-03-01T00:00:00Z"] = 4107542400,
      ["2026-11-22T20:00:00.75+01:30"] = 1795372200, ["1600-03-01T00:00:00Z"] = -11670912000,
    }) do
      assert.equal(seconds, timestamp.seconds(text), text)
    end
    assert.is_nil(timestamp.seconds("2015-02-29T00:00:00Z"))
    assert.is_nil(timestamp.seconds(nil))
  end)

  it("is the whole string, in ASCII", function()
    invalid("2015-01-01T13:00:00Z\n")
    invalid("2015-01-01T13:00:00Z ")
    invalid(" 2015-01-01T13:00:00Z")
    invalid("2015-01-01T13:00:00Z\0")
    invalid("2015-01-01T13:00:00\0Z")
    invalid("２０１５-01-01T13:00:00Z")
    invalid("2015-01-01T13:00:00.٥Z")
    invalid(20150101)
    invalid(nil)
  end)
end)
