--- Coroutines of ours inside a coroutine of the caller's, and whether what they yield gets to the caller's loop.
--
-- The code that resumes one of them passes on what it yields, where the caller's own coroutine can yield at that place.
--
-- Tested in spec/regress/yields_inside_all_spec.lua and spec/regress/cqueues_generator_spec.lua.

local M = {}

local entries = setmetatable({}, { __mode = "k" })
local probes = {}

--- Registers a question about the running coroutine, which is asked whenever a coroutine is made inside it.
---@param key any
---@param probe fun(): boolean
function M.watch(key, probe)
  probes[key] = probe
end

--- Makes a coroutine inside the running one.
---@param work fun(...: any): any
---@param is_passing boolean is what it yields passed on?
---@return thread
function M.create(work, is_passing)
  local thread = coroutine.create(work)
  local answers = is_passing and {} or false
  if answers then
    for key, probe in pairs(probes) do answers[key] = probe() end
  end
  entries[thread] = answers
  return thread
end

--- Was the question answered with yes where the running coroutine was made?
---@param key any
---@return boolean
function M.inherits(key)
  local answers = entries[coroutine.running()]
  return answers and answers[key] or false
end

--- False for one of ours whose yields are not passed on.
---@param thread thread
---@return boolean
function M.is_passing(thread)
  return entries[thread] ~= false
end

local function pass(thread, fail, ok, ...)
  if not ok then return fail((...)) end
  if coroutine.status(thread) == "dead" then return end
  return pass(thread, fail, coroutine.resume(thread, coroutine.yield(...)))
end

--- Resumes a coroutine until it ends and passes on what it yields.
---@param thread thread
---@param fail fun(reason: any) is told what it raised
function M.run(thread, fail)
  return pass(thread, fail, coroutine.resume(thread))
end

return M
