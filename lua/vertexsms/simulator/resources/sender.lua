--- POST /senderId and POST /senderId/confirm/{id}: registers a sender. A mobile number is confirmed by a PIN, which
-- would come by SMS; here it is printed.

local body = require("vertexsms.simulator.body")
local field = require("vertexsms.simulator.field")
local router = require("vertexsms.simulator.router")

local TYPES = { AlphaNumeric = true, MSISDN = true }
local CATEGORIES = { Company = true, Product = true, Brand = true, Shortcode = true, Landline = true, Other = true }

local function is_name(text, sender)
  if sender.type == "MSISDN" then return field.is_msisdn(text) end
  return text:match("^[A-Za-z0-9_&#!-]+$") ~= nil and #text >= 3 and #text <= 11
end

---@type vertexsms.simulator.Shape
local SENDER = {
  names = { "name", "type", "category", "categoryDescription", "notificationUrl" }, required = { "name", "type" },
  prepare = function(sender)
    if sender.type == "MSISDN" then sender.name = field.without_plus(sender.name) end
  end,
  checks = {
    { "type", "It must be 'AlphaNumeric' or 'MSISDN'.", function(text) return TYPES[text] end },
    { "name", "It must be a valid MSISDN, or 3 to 11 latin letters, digits and - _ & # !.", is_name },
    { "category", "It must be Company, Product, Brand, Shortcode, Landline or Other.", function(text)
      return CATEGORIES[text]
    end },
    { "categoryDescription", "It must be text.", function() return true end },
    { "notificationUrl", "It must be an absolute http or https URL.", field.is_http_url },
  },
}

-- Not JSON, and its Content-Type the wrong way round: as VertexSMS documents it.
local function plain(id)
  return { status = 200, headers = { ["Content-Type"] = "plain/text" }, body = id }
end

-- Nothing but the ID is documented.
local function notify(sender, simulator)
  if not sender.notificationUrl then return end
  simulator.callbacks:schedule {
    what = "sender " .. sender.id, url = sender.notificationUrl, fields = { id = sender.id },
    delay = simulator.callback_delay,
    note = function(attempt)
      sender.attempt = attempt
      simulator.changes:touch("senders")
    end,
  }
end

local function register(request, simulator)
  local sender, reason = field.read(request.body, SENDER)
  if not sender then return router.refuse(400, reason) end
  sender.token = request.token
  if sender.type == "MSISDN" then sender.pin = ("%05d"):format(simulator.draw() * 100000) end
  local id = simulator.senders:add(sender)
  sender.at = simulator.clock.now()
  simulator.changes:touch("senders")
  local line = ("%s %s %s"):format(id, sender.type, sender.name)
  if not sender.pin then
    notify(sender, simulator)
    return plain(id), { line }
  end
  return plain(id), { line .. ", its PIN is " .. sender.pin }
end

local function confirm(request, simulator)
  local input, reason = body.object(request.body)
  if not input then return router.refuse(400, reason) end
  local sender = simulator.senders:get(request.captures[1])
  if not sender or sender.token ~= request.token then return router.refuse(404, "No sender has this ID.") end
  if not sender.pin then return router.refuse(409, "This sender is not waiting for a PIN.") end
  local code = field.as_text(field.pick(input, { "code" }).code)
  if not code then return router.refuse(400, select(2, field.missing("code"))) end
  if code ~= sender.pin then
    return router.refuse(400, select(2, field.invalid("code", "It is not the PIN that was sent.")))
  end
  sender.pin, sender.is_confirmed = nil, true
  simulator.changes:touch("senders")
  notify(sender, simulator)
  return plain(sender.id), { "confirmed" }
end

return {
  { pattern = "^/senderId$", methods = { POST = register } },
  { pattern = "^/senderId/confirm/([^/]+)$", methods = { POST = confirm } },
}
