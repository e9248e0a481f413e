---@meta
-- For editors. Written by `make annotations` from the methods of vertexsms.SafeOutbox; nothing loads it.
-- Tested in spec/core_meta_spec.lua.

--- What vertexsms.outbox.open makes: its methods raise a vertexsms.Error.
---@class vertexsms.Outbox
local Outbox = {}

--- Adds a message. It is in the store, for good, when this returns; when it fails, the error's `outcome` says whether
-- it is certainly not there (`not_sent`), or may be (`unknown`). To add it again under the same key is always right.
---@param message vertexsms.Message
---@param options vertexsms.AddOptions|nil
---@return vertexsms.Added
function Outbox:add(message, options) end

--- Adds many messages, at most 10000: all of them, or none.
--
--     outbox:add_many { { message, key = "campaign-1/37069912345" }, { other, send_before = 300 }, plain_message }
---@param list table[] messages, or tables of a message and its options
---@return vertexsms.Added[] in their order
function Outbox:add_many(list) end

--- Sends what is in the outbox until `stop` is called, and what is in flight has ended. Any number of programs may do
-- so at the same time over one store.
---@param options vertexsms.RunOptions|nil
---@return table totals what this worker has done: { taken, accepted, rejected, unknown, failed, lapsed, queued }
function Outbox:run(options) end

--- Ends `run`, after what is in flight.
---@return boolean true
function Outbox:stop() end

--- For hosts that are driven by hand (host = "tick"): client:update, and the same for the store. Elsewhere there is
-- nothing to do.
---@param budget number|nil seconds; default 0.002
---@return integer count of finished requests and steps
function Outbox:update(budget) end

--- Closes the store. A worker must have ended before.
---@return boolean true
function Outbox:close() end

--- A message and its history.
---@param id integer|{ key: string }
---@return vertexsms.OutboxRow
function Outbox:get(id) end

--- Messages in the order of their IDs, a page at a time.
---@param options vertexsms.OutboxListOptions|nil
---@return vertexsms.OutboxRow[]
function Outbox:list(options) end

--- How many messages are in each state, and in `total`.
---@return table<string, integer>|nil
function Outbox:counts() end

--- Counts, and what holds the outbox up.
---@return vertexsms.OutboxStatus
function Outbox:status() end

--- Takes a message back that is still queued.
---@param id integer
---@param by string|nil who decided so, for its history; default $USER
---@return vertexsms.OutboxRow
function Outbox:cancel(id, by) end

--- Decides about a message whose outcome is unknown: `resend` sends it again, which may be its second time; `drop`
-- gives it up as unconfirmed.
---@param id integer
---@param decision "resend"|"drop"
---@param by string|nil who decided so, for its history; default $USER
---@return vertexsms.OutboxRow
function Outbox:resolve(id, decision, by) end

--- Stops all workers of the store from taking messages, until `resume`.
---@param reason string
---@param by string|nil default $USER
---@return boolean true
function Outbox:pause(reason, by) end

--- Lets the workers go on after a pause.
---@return boolean true
function Outbox:resume() end
