--- What a server might answer in place of a documented example: every value exchanged for values of all other kinds,
-- every name lost or twice there, the text cut, and things that are not such an answer at all.

local vertexsms = require("vertexsms")

local M = {}

local DEEP = ("["):rep(40) .. ("]"):rep(40)
local DEEP_OBJECT = ('{"a":'):rep(30) .. "1" .. ("}"):rep(30)

local VALUES = {
  "null", "true", "false", "0", "-0", "-1", "1.5", "1e400", "-1e-400", "1E5", "99999999999999999999999999", "007",
  "NaN",
  '""', '"x"', '" "', '"-5"', '"1e9"', '"\\u0000"', '"\\ud800"', '"\255\254"', '"../x?y"', '"line\\r\\nbreak"',
  "[]", "{}", "[null]", '["1",null,"2"]', '{"1":"2"}', '{"a":{"b":[1,{}]}}', DEEP, DEEP_OBJECT,
  '"' .. ("9"):rep(5000) .. '"', ("9"):rep(5000), '"' .. ("0."):rep(100) .. '"',
}

local WHOLE = {
  "", " ", "null", "true", "5", '"x"', "[]", "{}", "[[]]", "[{}]", "[null]", "[[[]]]", '{"data":[]}',
  '{"message":"no"}',
  "<html><body>Welcome</body></html>", "\239\187\191[]", "[1,]", "{]", "\0", ("x"):rep(100000), DEEP, DEEP_OBJECT,
  "[" .. ("{},"):rep(5000) .. "{}]", "[" .. ("1,"):rep(20000) .. "1]",
}

-- The values of a JSON text with their places; a string before a colon is a name.
local function tokens(text)
  local found, at = {}, 1
  while at <= #text do
    local from, to = text:find('^"[^"]*"', at)
    if not from then from, to = text:find("^[%w%-+.]+", at) end
    if from then
      found[#found + 1] = { from = from, to = to, is_name = text:find("^%s*:", to + 1) ~= nil }
      at = to + 1
    else
      at = at + 1
    end
  end
  return found
end

local function replaced(text, token, value)
  return text:sub(1, token.from - 1) .. value .. text:sub(token.to + 1)
end

-- The other way of writing a number, which is not a mutation to us but one to a careless decoder.
local function requoted(word)
  if word:find("^%d") then return '"' .. word .. '"' end
  return word:match('^"(%d+%.?%d*)"$')
end

--- All mutations of a JSON text whose strings hold no quotes.
---@param text string
---@return string[]
function M.of(text)
  local all = {}
  for _, whole in ipairs(WHOLE) do all[#all + 1] = whole end
  for _, token in ipairs(tokens(text)) do
    local word = text:sub(token.from, token.to)
    if token.is_name then
      all[#all + 1] = replaced(text, token, '"lost"')
      all[#all + 1] = replaced(text, token, word .. ":{}," .. word)
    else
      for _, value in ipairs(VALUES) do all[#all + 1] = replaced(text, token, value) end
      all[#all + 1] = requoted(word) and replaced(text, token, requoted(word)) or nil
    end
  end
  for length = 1, #text - 1, math.max(1, math.floor(#text / 40)) do all[#all + 1] = text:sub(1, length) end
  for _, more in ipairs({ text .. text, text .. "]", "[" .. text .. "]", "{" .. text .. "}", text .. "\0" }) do
    all[#all + 1] = more
  end
  return all
end

--- Feeds every mutation of an example to a call, which must end in a result or in a structured error.
---@param server table scripted
---@param example string
---@param call fun(): any, any result, or nil and the error
---@param check nil|fun(result: any) what holds of every result
---@return integer accepted, integer refused
function M.feed(server, example, call, check)
  local texts = M.of(example)
  server:script_bodies(texts)
  local accepted, refused = 0, 0
  for i, text in ipairs(texts) do
    local ok, result, err = pcall(call)
    local shown = ("mutation %d, %q: "):format(i, text:sub(1, 300))
    assert(ok, shown .. tostring(result))
    if result == nil or result == false then
      assert(vertexsms.is_error(err), shown .. "no error, but " .. tostring(err))
      assert(err.kind == "protocol", shown .. tostring(err))
      assert(err.status == 200 and err.body == text, shown .. "the answer is not in the error")
      assert(not tostring(err):find("[\r\n]"), shown .. "more than a line")
      refused = refused + 1
    else
      if check then
        local held, reason = pcall(check, result)
        assert(held, shown .. tostring(reason))
      end
      accepted = accepted + 1
    end
  end
  assert(accepted > 0 and refused > 0, "some must pass, some must not")
  return accepted, refused
end

return M
