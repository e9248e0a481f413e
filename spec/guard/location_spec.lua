local location = require("vertexsms.guard.location")

describe("the store of a guard's file", function()
  it("is looked for beside the file", function()
    for _, case in ipairs({
      { "guard.db", "/etc/shop/guard.json", "/etc/shop/guard.db" },
      { "./guard.db", "/etc/shop/guard.json", "/etc/shop/guard.db" },
      { "../guard.db", "/etc/shop/guard.json", "/etc/shop/../guard.db" },
      { "data/guard", "shop/guard.json", "./shop/data/guard" },
      { "guard.db", "guard.json", "./guard.db" },
      { "guard.db", "/guard.json", "/guard.db" },
      { "guard.db", "../guard.json", "./../guard.db" },
      { "/var//lib/guard.db", "/etc/guard.json", "/var/lib/guard.db" },
      { "postgresql://shop@db//shop", "/etc/guard.json", "postgresql://shop@db//shop" },
      { "sms_guard", "/etc/guard.json", "sms_guard" },
      { 5, "/etc/guard.json", 5 },
    }) do
      assert.equal(case[3], location.beside(case[1], case[2]))
    end
  end)

  it("is the same however its path is written", function()
    assert.is_true(location.is_same("./outbox.db", "outbox.db"))
    assert.is_true(location.is_same("/srv//./outbox.db", "/srv/outbox.db"))
    assert.is_false(location.is_same("outbox.db", "/outbox.db"))
    assert.is_false(location.is_same("outbox.db", nil))
  end)
end)
