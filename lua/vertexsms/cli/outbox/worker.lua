--- `vertexsms outbox run`: sends what is in the outbox, with its progress on a terminal.
--
-- Tested in spec/cli/outbox/worker_spec.lua.

local convert = require("vertexsms.cli.convert")
local environment = require("vertexsms.cli.environment")
local guard_file = require("vertexsms.cli.guard_file")
local interruption = require("vertexsms.cli.interruption")
local opening = require("vertexsms.cli.outbox.opening")
local names = require("vertexsms.cli.names")
local outcome = require("vertexsms.cli.outcome")
local output = require("vertexsms.cli.output")
local progress = require("vertexsms.cli.progress")
local session = require("vertexsms.cli.session")

local M = {}

---@param command table argparse's
function M.configure(command)
  command:option("--rate", "Messages a second, of all workers of the store together.")
    :convert(convert.number_of("--rate", "50")):argname("NUMBER")
  command:option("--concurrency", "Requests at once. (default: 20)")
    :convert(convert.number_of("--concurrency", "20")):argname("NUMBER")
  command:option("--batch-size", "Messages in one request. (default: 1)")
    :convert(convert.number_of("--batch-size", "100")):target("batch_size"):argname("NUMBER")
  command:option("--url", "URL that VertexSMS sends delivery reports to."):argname("URL")
  command:flag("--follow", "Stay when the outbox is empty, until Ctrl-C.")
  opening.configure(command)
  session.configure(command)
  guard_file.configure(command)
end

local ENDED = { "accepted", "rejected", "unknown", "failed", "lapsed" }

local function done_of(totals)
  local done = 0
  for _, name in ipairs(ENDED) do done = done + totals[name] end
  return done
end

local function remaining(seconds)
  if seconds < 90 then return ("%d s"):format(math.ceil(seconds)) end
  if seconds < 5400 then return ("%d min"):format(math.ceil(seconds / 60)) end
  return ("%d h"):format(math.ceil(seconds / 3600))
end

-- The bar, with the rate so far and the time that is left at that rate.
local function follower(total)
  local core = require("vertexsms.base.core")
  local bar, started = progress.new(total, "messages"), core.now()
  bar:set(0)
  return bar, function(totals)
    local done, seconds = done_of(totals), core.now() - started
    local rate = done / math.max(seconds, 0.001)
    local left = rate > 0 and total > done and ", " .. remaining((total - done) / rate) .. " left" or ""
    bar.total, bar.unit = math.max(total, done), ("messages, %.0f a second%s"):format(rate, left)
    bar:set(done)
  end
end

-- A wait that is worth a line, and how often it is looked for one.
local WAIT_SECONDS, LOOK_SECONDS = 5, 1

-- Says once of each long wait why nothing is sent, and when it goes on.
local function teller(outbox, bar)
  local core = require("vertexsms.base.core")
  local reading = require("vertexsms.outbox.reading")
  local look_at, told_until = core.now() + LOOK_SECONDS / 4, 0
  return function(totals)
    local is_busy = totals.taken > done_of(totals) + totals.queued
    if is_busy or totals.paused or core.now() < look_at then return end
    look_at = core.now() + LOOK_SECONDS
    local seconds, reason = reading.wait_of(outbox)
    local ends = core.now() + (seconds or 0)
    if not seconds or seconds <= WAIT_SECONDS or math.abs(ends - told_until) <= WAIT_SECONDS then return end
    told_until = ends
    bar:clear()
    outcome.say(("nothing is sent until %s, in %s: %s"):format(os.date("%H:%M:%S", os.time() + math.ceil(seconds)),
      remaining(seconds), reason or "all workers wait"))
  end
end

local function summary(totals)
  local words = {}
  for _, name in ipairs(ENDED) do
    if totals[name] > 0 then words[#words + 1] = ("%d %s"):format(totals[name], name) end
  end
  return #words > 0 and table.concat(words, ", ") or "nothing was sent"
end

local function code_of(totals, left)
  if totals.unknown > 0 or not left or left.unknown > 0 or left.held > 0 then return outcome.UNKNOWN end
  if interruption.happened() then return interruption.code() end
  if totals.paused then return totals.accepted > 0 and outcome.UNKNOWN or outcome.REFUSED end
  if totals.rejected + totals.failed + totals.lapsed == 0 then return outcome.DONE end
  return totals.accepted > 0 and outcome.UNKNOWN or outcome.REFUSED
end

-- What the store holds besides, whichever run it came from, of which it is not known what became.
local function look_back(outbox)
  local status, err = outbox:status()
  if not status then
    outcome.say("it is not known what the outbox still holds: " .. err.message)
    return nil
  end
  local left = { unknown = status.counts.unknown, held = status.counts.sending }
  if left.held > 0 then left.run_again_in = math.ceil(status.leases or 0) + 1 end
  return left
end

local function say_left(left)
  if left.unknown > 0 then
    outcome.say(("%d may have been sent (unknown): vertexsms outbox list --state unknown"):format(left.unknown))
  end
  if left.held > 0 then
    outcome.say(("%d %s still held by another worker: if it has stopped, run again in %d s")
      :format(left.held, left.held == 1 and "is" or "are", left.run_again_in))
  end
end

-- A pause is told when it begins, or at the end where another worker began it. What ends one here is the next run.
local function pause_teller(outbox, bar)
  local is_told = false
  local function say(line)
    is_told = true
    bar:clear()
    outcome.say((line:gsub("then resume%)$", "then run again)")))
  end
  outbox.log = function(_, line) say(line) end
  return function(reason)
    if reason and not is_told then say("the outbox is paused: " .. reason) end
  end
end

-- A worker has paused it, and a person starts one again: the cause was put right, or the outbox pauses once more.
local function resume(outbox)
  local status, err = outbox:status()
  if not status then return nil, err end
  if status.paused and (status.paused_by or ""):find("^[0-9]+%-[0-9a-f]+$") then
    outcome.say("the outbox was paused: " .. status.paused:gsub(" %([^()]*then resume%)$", ""))
    local done
    done, err = outbox:resume()
    if not done then return nil, err end
  end
  return status
end

--- Sends what is in the outbox, and says what became of it.
---@param outbox vertexsms.SafeOutbox
---@param args table
---@return integer exit code
function M.work(outbox, args)
  local status, err = resume(outbox)
  if not status then return outcome.report(err, args.json) end
  local bar, on_progress = follower(status.counts.queued)
  local tell_wait, tell_pause = teller(outbox, bar), pause_teller(outbox, bar)
  local totals
  totals, err = session.call(outbox, "run", {
    concurrency = args.concurrency, batch_size = args.batch_size, until_empty = not args.follow,
    on_progress = function(so_far)
      on_progress(so_far)
      tell_wait(so_far)
    end,
  })
  bar:clear()
  if not totals then return outcome.report(names.of_call(err, "outbox"), args.json) end
  local left = look_back(outbox)
  totals.left = left
  if args.json then outcome.print_json(totals) else output.print(summary(totals)) end
  tell_pause(totals.paused)
  if left and not args.json then say_left(left) end
  return code_of(totals, left)
end

-- What the handler at the URL asks for. In the URL itself other users of the machine could read it.
local function secret_for(url)
  local secret = environment.get("VERTEXSMS_CALLBACK_SECRET")
  return url and secret and not url:find("[?&]secret=") and secret or nil
end

---@param args table
---@return integer exit code
function M.run(args)
  return session.run(args, false, function(client)
    local options = { client = client, rate = args.rate, url = args.url, secret = secret_for(args.url) }
    return opening.with(args, options, function(outbox)
      return M.work(outbox, args)
    end)
  end)
end

return M
