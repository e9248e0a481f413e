--- `vertexsms send`: sends one message and says, in words and by exit code, what became of it.
-- @module vertexsms.cli.send

local cjson = require("cjson")

local M = {
  name = "send",
  summary = "Send an SMS.",
}

local EXIT = { accepted = 0, rejected = 1, not_sent = 2, unknown = 3 }
local BAD_INPUT = 1

local UNKNOWN_HINT = "may have been sent, do not repeat blindly"

--- Option, the message field it fills, and what it is. Values are checked by the client, not here.
local FIELDS = {
  { "--dlr-url", "dlrUrl", "URL for the delivery report." },
  { "--priority", "priority", "Priority.", choices = { "high", "normal", "low" } },
  { "--scheduled", "scheduled", "When to send: ISO 8601 with offset, 2015-01-01T13:00:00+02:00." },
  { "--udh", "udh", "User data header, %05%00%03...; needs --coding." },
  { "--coding", "coding", "0 GSM 7-bit, 1 8-bit, 2 UCS-2; the text is not split then.", convert = true },
  { "--test-mode", "testMode", "1 emulates a delivered message, 2 a failed one.", convert = true },
  { "--expire-in", "expireIn", "Seconds until the message expires, 360 to 432000.", convert = true },
  { "--correct-by", "correctBy", "Country to correct a national number by, LT." },
}

--- Numbers as numbers; what is none goes on as it is, to be refused with the field's own words.
local function to_number(text)
  return tonumber(text) or text
end

---@param command table argparse's
function M.configure(command)
  command:option("--to", "Recipient: international number, digits only."):count(1)
  command:option("--from", "Sender: a number, or up to 11 letters, digits, spaces and dots."):count(1)
  command:option("--message", "The text; - reads it from stdin, --message=-5 begins with a dash."):count(1)
  for _, field in ipairs(FIELDS) do
    local option = command:option(field[1], field[3]):target(field[2])
    if field.choices then option:choices(field.choices) end
    if field.convert then option:convert(to_number) end
  end
  command:option("--timeout", "Seconds for the whole call."):convert(tonumber)
  command:option("--ca-file", "Certificates to trust (PEM file), for a server of your own.")
  command:flag("--json", "One JSON object on stdout, for errors too.")
end

--- The whole of stdin without the newline that echo and editors put at its end.
local function read_stdin()
  return ((io.read("*a") or ""):gsub("\r?\n$", ""))
end

local function new_message(args)
  local message = { to = args.to, from = args.from, message = args.message }
  if message.message == "-" then message.message = read_stdin() end
  for _, field in ipairs(FIELDS) do message[field[2]] = args[field[2]] end
  return message
end

local function milliseconds(seconds)
  return seconds and math.floor(seconds * 1000 + 0.5) / 1000
end

--- cjson has no ordered output and no way to an empty array; both are fine here: ids is never empty.
local function print_json(fields)
  print(cjson.encode(fields))
end

local function report_accepted(sent, as_json)
  if as_json then
    print_json {
      outcome = "accepted", id = sent.id, ids = sent.ids, parts = sent.parts, status = sent.status,
      attempts = sent.attempts, elapsed = milliseconds(sent.elapsed),
    }
  else
    local parts = sent.parts and (" (%d %s)"):format(sent.parts, sent.parts == 1 and "part" or "parts")
    print("accepted " .. table.concat(sent.ids, " ") .. (parts or ""))
  end
  return EXIT.accepted
end

--- Anything but the client's own errors: which step failed decides what can have happened to the message.
local function as_error(raised, is_error, outcome)
  if is_error(raised) then return raised end
  return { kind = "internal", message = tostring(raised), outcome = outcome }
end

local function describe(err)
  local words = err.outcome:gsub("_", " ") .. ": " .. err.message
  if err.outcome == "unknown" then return words .. " (" .. UNKNOWN_HINT .. ")" end
  if err.retryable then return words .. " (safe to try again)" end
  return words
end

local function report_failed(err, as_json)
  if as_json then
    print_json {
      outcome = err.outcome, kind = err.kind, message = err.message, status = err.status,
      retryable = err.retryable, field = err.field, attempts = err.attempts,
    }
  else
    io.stderr:write(describe(err), "\n")
  end
  if err.kind == "invalid_argument" then return BAD_INPUT end
  return EXIT[err.outcome] or EXIT.unknown
end

---@param args table
---@return integer exit code
function M.run(args)
  local loaded, vertexsms = pcall(require, "vertexsms")
  if not loaded then
    return report_failed({ kind = "internal", message = vertexsms, outcome = "not_sent" }, args.json)
  end
  local made, client = pcall(vertexsms.new, { timeout = args.timeout, ca_file = args.ca_file })
  if not made then return report_failed(as_error(client, vertexsms.is_error, "not_sent"), args.json) end
  local message = new_message(args)
  local ok, sent = pcall(client.send, client, message)
  local code
  if ok then
    code = report_accepted(sent, args.json)
  else
    code = report_failed(as_error(sent, vertexsms.is_error, "unknown"), args.json)
  end
  client:close()
  return code
end

return M
