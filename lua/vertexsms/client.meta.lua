---@meta
-- For editors. Written by `make annotations` from the methods of vertexsms.SafeClient; nothing loads it.
-- Tested in spec/core_meta_spec.lua.

--- What vertexsms.new makes: its methods raise a vertexsms.Error. Make one client and keep it.
---@class vertexsms.Client: vertexsms.AnyClient
local Client = {}

--- Sends one SMS: POST /sms [doc]. `id`, `parts`, `estimate` and `simplified` are ours, see vertexsms.Sent.
-- Repeated only while it was certainly not accepted.
---@param message vertexsms.Message
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Sent
function Client:send(message, options) end

--- Sends many SMS: POST /sms [doc] with an array [ref], at most `batch_size` messages in a request, one request after
-- the other, each with the client's `timeout`. All messages are checked before the first request leaves, and the guard
-- lets all of them pass, or none.
--
-- A number that is in it twice is sent to twice, and on_warning is told (same_recipient).
--
-- The first batch that fails ends the call; the error's `results` says what became of each message.
---@param messages vertexsms.Message[]
---@param options vertexsms.SendManyOptions|nil
---@return vertexsms.SentMany
function Client:send_many(messages, options) end

--- What a message, or a list of them, would cost: POST /sms/cost [ref]. Nothing is sent. Asked of `status_base_url`
-- and repeated like any read. With `smart_encoding` it is the simplified text that is priced.
---@param message vertexsms.Message|vertexsms.Message[]
---@param options vertexsms.BatchOptions|nil
---@return vertexsms.CostOf
function Client:cost(message, options) end

--- What became of a message: GET /sms/status/{id} [ref], asked of `status_base_url`. Words and numbers in `status`
-- are both understood [note]; `status`, `dlrStatus` and `error` are as VertexSMS gave them.
---@param id string
---@return vertexsms.Status
function Client:status(id) end

--- Asks for the status of a message until it is final, with growing pauses. The state may be `undelivered`: look.
--
-- When the time is over, the error is of kind `timeout`, and its `last` the last status; if the last question itself
-- failed, it is that error. What may pass (503, a broken connection) is asked about again until then, anything else
-- ends the wait; "not found" does so after the first `grace` seconds.
-- Each question is GET /sms/status/{id} [ref]; VertexSMS does not limit how often it is asked [note].
---@param id string
---@param options vertexsms.WaitOptions|nil
---@return vertexsms.Status
function Client:wait_delivered(id, options) end

--- Sends one message over Viber: POST /viber [doc]. `im` goes through as it is: its image is not documented [open].
---@param message vertexsms.ViberMessage
---@param options vertexsms.SendOptions|nil
---@return vertexsms.Accepted
function Client:viber(message, options) end

--- Looks a number up: POST /hlr [doc]. It is billed, so it is repeated only while it was certainly not accepted, and a
-- guard counts it as a message of one part. The result comes by callback; `id` is the same there.
---@param msisdn string with or without a plus
---@param options vertexsms.HlrOptions|nil
---@return vertexsms.Accepted
function Client:hlr(msisdn, options) end

--- Registers a sender ID: POST /senderId [doc], whose answer is plain text. Repeated only while it was certainly not
-- accepted. For a mobile number (type MSISDN) a PIN of 5 digits comes by SMS, see client:confirm_sender.
---@param sender vertexsms.SenderId
---@return vertexsms.Sender
function Client:register_sender(sender) end

--- Confirms a mobile number as a sender: POST /senderId/confirm/{id} [doc] with `{"code": pin}`.
---@param id string of client:register_sender
---@param pin string the 5 digits that came by SMS
---@return vertexsms.Sender
function Client:confirm_sender(id, pin) end

--- Who an operator is: GET /operators/{operatorId} [doc].
---@param id string|integer the `operatorId` of an HLR result or of client:mccmnc
---@return vertexsms.Operator
function Client:operator(id) end

--- The prices: GET /rates/?format=json|csv [doc]; of one country GET /rates?CountryISO=LT [ref], which is asked of
-- `status_base_url`. (A country and a format together are not documented [open].)
---@param options vertexsms.RatesOptions|nil
---@return vertexsms.Rates|string rates a list of rows; with format = "csv" the text as it came
function Client:rates(options) end

--- The price of one network, or of the network of a number.
--
-- `client:rate_for(mcc, mnc)` looks it up in GET /rates/ [doc]: the row with this MNC, else the row `All` of that MCC,
-- else `All other carriers`, else `Default`; without an MNC the last three. MNCs are compared as they are written,
-- `"21"` is not `"021"`. The error's kind is `not_found` when there is no row.
--
-- `client:rate_for(msisdn)` asks POST /sms/cost [ref]: no table of rates says which network a number belongs to. The
-- sender priced is the number itself; another one is `{ from = "MyShop" }`.
---@param mcc string MCC (3 digits), or MSISDN
---@param mnc string|vertexsms.RateForOptions|nil MNC; with an MSISDN, options
---@return vertexsms.RateFor
function Client:rate_for(mcc, mnc) end

--- The networks of a country: GET /mccmnc/{country}?Page=n [doc]. Returns an iterator over the rows of all pages; the
-- first page is asked for at once, each of the others when it is its turn.
--
--     for network in client:mccmnc("LT") do print(network.mcc, network.mnc) end
--
-- An error of a later page is raised out of the loop. A client of vertexsms.safe.new does not raise: there the
-- iterator gives `false, err` once, and then ends. (Lua 5.1, but not LuaJIT, cannot yield in the iterator of a `for`:
-- in a host that yields it blocks there, unless you call it yourself, `local network = networks()`.)
---@param country string
---@return fun(): vertexsms.Network|nil
function Client:mccmnc(country) end

--- Asks anything, for what this library has no method for: the lists of prefixes and of sender IDs, number correction
-- and whatever else is [open]. Errors, retries and outcomes are those of every other call.
--
--     client:request("GET", "/rates/", { query = { format = "json" } }).json[1].Rate
---@param method string GET, HEAD, POST, PUT, PATCH or DELETE, in either case
---@param path string begins with `/`; what must be percent-encoded is, unless it is already
---@param options vertexsms.RequestOptions|nil
---@return vertexsms.Answer
function Client:request(method, path, options) end

--- Calls a method and the callback, with the error or the result, when it has ended. In a host that waits, this
-- returns at once; without an event loop it returns after the callback.
--
--     client:submit("send", message, function(err, sent) ... end)
---@param name string of the method
---@param ... any its arguments, and last the callback: fun(err: vertexsms.Error|nil, result: any)
---@return vertexsms.Call
function Client:submit(name, ...) end

--- Runs many calls, at most `concurrency` (default 10) at once, and returns when all have ended.
--
--     for i, outcome in ipairs(client:all { { "send", first }, { "send", second }, { "status", id } }) do
--       print(i, outcome.result or outcome.error)
--     end
---@param items table[] name and arguments of a method each
---@param options { concurrency: integer|nil }|nil
---@return { result: any, error: vertexsms.Error|nil }[] outcomes in the order of the items
function Client:all(items, options) end

--- For hosts that are driven by hand (host = "tick"): runs the callbacks that are due, once a frame, for at most so
-- long. In other hosts there is nothing to do.
---@param budget number|nil seconds; default 0.002
---@return integer count of finished requests, and of steps of the stores that `track` and `guard` have
function Client:update(budget) end

--- Closes the connections. What is under way is given up; closing twice is fine.
---@return boolean true
function Client:close() end
