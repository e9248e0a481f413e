--- `vertexsms doctor`: is everything here that a send needs, and if not, what is to be done?

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local guard_file = require("vertexsms.cli.guard_file")
local names = require("vertexsms.cli.names")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local session = require("vertexsms.cli.session")
local tables = require("vertexsms.cli.table")
local token = require("vertexsms.cli.token")

local M = {
  name = "doctor",
  summary = "Look whether all is here that a send needs.",
  description = "Look whether all is here that a send needs: the library, certificates, the connection to"
    .. " VertexSMS, the token, the clock, the outbox. Nothing is sent and nothing is billed: VertexSMS is asked for"
    .. " one free list.",
  sections = {
    { title = "What is printed", rows = {
      { "ok", "It is right." },
      { "warning", "Sends may work, but look at it; or it could not be checked." },
      { "error", "Sends do not work, or what was asked for does not." },
    } },
    { title = "Exit codes of doctor", rows = {
      { "0", "No errors; there may be warnings." },
      { "1", "One error or more." },
    } },
  },
  examples = {
    { "Look at everything", "vertexsms doctor" },
    { "For programs: an object a line, with name, status, message, advice", "vertexsms doctor --json" },
    { "Through a proxy, and with an outbox", "vertexsms doctor --proxy http://proxy:3128 --store outbox.db" },
  },
}

---@param command table argparse's
function M.configure(command)
  command:option("--timeout", "Seconds that VertexSMS may take, and each database. (default: 10)")
    :argname("SECONDS"):convert(convert.seconds)
  command:option("--store", "Outbox to look at. (default: $VERTEXSMS_OUTBOX)"):argname("PATH|URL")
  command:option("--track-store", "File of a client's `track` to look at."):argname("PATH")
  command:option("--guard", "JSON file with a guard's rules to look at, beside that of VERTEXSMS_GUARD.")
    :argname("FILE")
  session.configure_access(command)
end

local COLUMNS = { { width = 7 }, { width = 12 }, {} }
local INDENT = (" "):rep(9)

local function show(finding)
  output.print(tables.line({ finding.status, finding.name, finding.message }, COLUMNS), finding.status)
  if finding.advice then output.print(INDENT .. "what to do: " .. finding.advice) end
end

local NOUNS = { "error", "warning" }

local function summary(counts)
  local words = {}
  for i, noun in ipairs(NOUNS) do
    words[i] = ("%d %s%s"):format(counts[noun], noun, counts[noun] == 1 and "" or "s")
  end
  return table.concat(words, ", ")
end

local function names_of(source)
  local all = {}
  for field, name in pairs(names.CLIENT) do all[field] = name end
  all.token = source
  return all
end

---@param args table
---@return integer exit code
function M.run(args)
  local doctor = require("vertexsms.doctor")
  local secret, reason, source = token.find()
  local guard, guard_problem = guard_file.list(args)
  local list = doctor.run {
    token = secret, token_problem = reason, proxy = args.proxy, ca_file = args.ca_file, timeout = args.timeout,
    status_base_url = environment.get("VERTEXSMS_STATUS_BASE_URL"), host = "blocking", store = args.store,
    track_store = args.track_store, guard = guard, guard_problem = guard_problem, names = names_of(source),
  }
  local counts = doctor.count(list)
  for _, finding in ipairs(list) do
    if args.json then outcome.print_json(finding) else show(finding) end
  end
  if not args.json then output.print(summary(counts)) end
  return counts.error > 0 and outcome.REFUSED or outcome.DONE
end

return M
