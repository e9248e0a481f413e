local argument = require("vertexsms.check.argument")

describe("an argument", function()
  it("of the type that is expected passes", function()
    argument.check("a", "string", "id")
    argument.check_optional(nil, "string", "id")
    argument.check_optional("a", "string", "id")
  end)

  it("of another type is refused, and the refusal is known as one", function()
    for _, refused in ipairs({
      function() argument.check(nil, "string", "id") end, function() argument.check_optional(5, "string", "id") end,
    }) do
      local ok, reason = pcall(refused)
      assert.is_false(ok)
      assert.matches("vertexsms: bad argument id (string expected, got ", reason, 1, true)
      assert.is_true(argument.is_refusal(reason))
    end
    for _, other in ipairs({ "bad argument", {}, 5 }) do assert.is_false(argument.is_refusal(other)) end
  end)
end)
