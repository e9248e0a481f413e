--- Run by busted before the specs, in their process (see .busted): what a file of specs has started ends with the file.
--
-- A spec that fails does not come to the line that stops its servers. They would live on, and busted would wait for
-- them at its end, when the pipes to them are closed.

local busted = require("busted")

-- LC_ALL does nothing, since no Lua calls setlocale by itself.
local locale = os.getenv("VERTEXSMS_SPEC_LOCALE")
if locale then
  assert(os.setlocale(locale), locale .. " is not there")
  assert(os.setlocale() == locale, "the locale is " .. os.setlocale())
end

-- Loaded here, once: what a file of specs requires by itself is another copy in each.
local kinds = {}
for i, name in ipairs({ "process", "faults", "nginx" }) do kinds[i] = require("spec.support." .. name) end

local function stop_all()
  local reason
  for _, kind in ipairs(kinds) do
    local ok, why = pcall(kind.stop_all)
    if not ok then reason = why end
  end
  if reason then error(reason, 0) end
  return nil, true -- and on to the next subscriber
end

busted.subscribe({ "file", "end" }, stop_all)

-- Ctrl-C is one failure among others to busted, which goes on with the next spec.
busted.subscribe({ "error" }, function(_, _, message)
  if tostring(message):find("interrupted!", 1, true) then
    io.stderr:write("\ninterrupted\n")
    stop_all()
    os.exit(130)
  end
  return nil, true
end)
