---@meta vertexsms.core
-- For editors: what csrc/lua/ exports. No `require` finds a name with a dot in it, so nothing loads this file in place
-- of core.so. spec/core_meta_spec.lua compares the names.

---@class vertexsms.core
---@field version string of this library
---@field curl_version string "libcurl/7.88.1 OpenSSL/3.0.19"
---@field curl_features table<"AsynchDNS"|"HTTP2"|"IPv6"|"SSL", boolean> which libcurl has
---@field authorities string|nil file or folder of certificate authorities that libcurl was built to trust
---@field kinds vertexsms.Kind[] of what the core finds wrong
---@field outcomes vertexsms.Outcome[]
---@field stores table<vertexsms.core.Dialect, boolean> which the core was built with
local core = {}

--- Why the core refuses something, before any I/O: what vertexsms.error's from_refusal takes.
---@class vertexsms.core.Refusal
---@field kind vertexsms.Kind
---@field outcome vertexsms.Outcome always `not_sent`
---@field temporary boolean
---@field retryable boolean
---@field message string
---@field field string|nil the offending field

-- ---- requests: csrc/lua/engine.c, csrc/lua/ticket.c

---@class vertexsms.core.Config
---@field token string
---@field base_url string|nil
---@field status_base_url string|nil
---@field user_agent string|nil
---@field ca_file string|nil
---@field proxy string|nil
---@field timeout number|nil seconds for one attempt
---@field connect_timeout number|nil seconds
---@field max_idle number|nil seconds
---@field max_response_bytes integer|nil
---@field concurrency integer|nil
---@field queue_limit integer|nil

---@class vertexsms.core.Request
---@field method string
---@field path string percent-encoded
---@field query string|nil percent-encoded
---@field body string|vertexsms.core.Batch|nil
---@field headers table<string, string>|nil
---@field timeout number|nil seconds
---@field repeatable boolean|nil
---@field alternate boolean|nil
---@field leave_by number|nil by core.uptime: a request that could leave only later times out

---@class vertexsms.core.Timings
---@field dns number seconds since the request was handed over, as all of these
---@field connect number
---@field tls number
---@field first_byte number
---@field total number

---@class vertexsms.core.Response
---@field kind "ok"|vertexsms.Kind
---@field outcome vertexsms.Outcome
---@field temporary boolean
---@field retryable boolean
---@field likely_accepted true|nil
---@field message string
---@field body string
---@field headers table<string, string> names in any case
---@field timings vertexsms.core.Timings
---@field reused boolean
---@field status integer|nil
---@field retry_after number|nil seconds
---@field curl integer|nil libcurl's code

---@class vertexsms.core.Counters
---@field queued integer
---@field in_flight integer
---@field uncollected integer

--- A message that was sent without a plain success.
---@class vertexsms.core.Attempt
---@field response vertexsms.core.Response
---@field json string as it was sent
---@field parts integer
---@field encoding string
---@field started number when it was handed over, on the clock of core.now
---@field process integer that handed it over

---@class vertexsms.core.Engine: userdata
local Engine = {}

---@class vertexsms.core.Ticket: userdata
local Ticket = {}

---@param config vertexsms.core.Config
---@return vertexsms.core.Engine|nil
---@return vertexsms.core.Refusal|nil
function core.engine(config) end

--- Blocks the calling thread.
---@param request vertexsms.core.Request
---@return vertexsms.core.Response|nil
---@return vertexsms.core.Refusal|nil
function Engine:perform(request) end

--- Returns at once.
---@param request vertexsms.core.Request
---@return vertexsms.core.Ticket|nil
---@return vertexsms.core.Refusal|nil
function Engine:submit(request) end

--- Sends a plain message and reads its answer; blocks the calling thread.
---@param path string
---@param message vertexsms.Message
---@return vertexsms.Sent|nil sent of a plain success
---@return vertexsms.core.Attempt|nil attempt that was made, where it is none; nil: nothing was done
function Engine:send_message(path, message) end

--- Hands over a plain message, and returns at once.
---@param path string
---@param message vertexsms.Message
---@return vertexsms.core.Ticket|nil ticket nil: nothing was done
function Engine:submit_message(path, message) end

--- For many plain messages at once.
---@return vertexsms.core.Sends
function Engine:sends() end

--- The next finished ticket; never blocks. Sends stand for all of their tickets until they were taken.
---@param deadline number|nil on the clock of core.now; from then on there is none
---@return vertexsms.core.Ticket|vertexsms.core.Sends|nil
---@return integer count of the tickets that were collected
function Engine:collect(deadline) end

--- A descriptor that is readable while `collect` has something.
---@return integer|nil
---@return vertexsms.core.Refusal|nil
function Engine:fd() end

---@return vertexsms.core.Counters
function Engine:counters() end

---@return string
function Engine:base_url() end

--- A table for what must live as long as the engine.
---@return table
function Engine:attachments() end

--- Twice is fine.
function Engine:close() end

---@return boolean
function Engine:is_closed() end

--- Blocks until there is something to collect.
---@param seconds number
---@return boolean is_some
function Engine:wait(seconds) end

--- Nothing queued, in flight or uncollected.
---@return boolean
function Engine:is_idle() end

--- For a host that can only connect to a path; then comes `accept`.
---@return string|nil path
---@return vertexsms.core.Refusal|nil
function Engine:listen() end

---@return true|nil
---@return vertexsms.core.Refusal|nil
function Engine:accept() end

--- Ends the connection that `accept` took.
function Engine:hang_up() end

--- The text with `*` for every octet of a secret.
---@param text string
---@return string
function Engine:redact(text) end

---@param text string
---@return boolean
function Engine:holds_token(text) end

---@return vertexsms.core.Response|nil response nil while the request is under way
function Ticket:response() end

---@return boolean
function Ticket:is_finished() end

--- Blocks until the ticket has finished, or the time is over.
---@param seconds number|nil no limit when nil
---@return boolean is_finished
function Ticket:wait(seconds) end

function Ticket:cancel() end

--- Of a message that was handed over. After a success the ticket is spent.
---@return vertexsms.Sent|false|nil sent false: it has finished in another way; nil: it is under way
function Ticket:sent() end

---@return vertexsms.core.Attempt|nil attempt of a message that was handed over, and has finished
function Ticket:attempt() end

--- Of a step of one statement that gives one row. With its row the ticket is spent.
---@return boolean|nil is_row false: it has finished in another way, see `response`; nil: it is under way
---@return string|number|nil ... the cells of the row
function Ticket:row() end

--- Of a step of several that give one row each. With its rows the ticket is spent.
---@return boolean|nil is_row false: it has finished in another way, see `response`; nil: it is under way
---@return table ... a list for each column
function Ticket:columns() end

--- Plain messages that were handed over together.
---@class vertexsms.core.Sends: userdata
local Sends = {}

--- Hands over the messages of calls such as `{ "send", message }`, from the first on, for as long as they are plain.
---@param path string
---@param calls any[]
---@param first integer
---@param last integer
---@param deadline number on the clock of core.now: but for the first, none is handed over later
---@return integer count of those that were
function Sends:submit(path, calls, first, last, deadline) end

--- Takes those that have finished, up to the first that did not succeed plainly.
---@param outcomes { result: vertexsms.Sent }[]|nil that those before it are put into, by their numbers; without it the
---  first is given as if it had not succeeded
---@param deadline number on the clock of core.now: but for the first, none is taken later
---@return integer count of those that were taken
---@return integer|nil number of the one that did not succeed plainly
---@return vertexsms.core.Attempt|nil attempt that was made of it
function Sends:take(outcomes, deadline) end

--- Those that were handed over and not taken, also after a `take` that raised.
---@return integer
function Sends:count() end

--- Is there something to take? It is found where it was not collected, too.
---@return boolean
function Sends:is_finished() end

---@class vertexsms.core.Facts
---@field status integer|nil
---@field curl integer|nil
---@field headers_complete boolean|nil
---@field request_started boolean|nil
---@field too_large boolean|nil
---@field cancelled boolean|nil
---@field closed boolean|nil
---@field exhausted boolean|nil
---@field service_error boolean|nil
---@field proxy_refused boolean|nil
---@field not_tls boolean|nil
---@field repeatable boolean|nil

--- The table of errors.
---@param facts vertexsms.core.Facts
---@return "ok"|vertexsms.Kind kind
---@return vertexsms.Outcome outcome
---@return boolean retryable
---@return boolean likely_accepted
---@return boolean temporary
function core.judge(facts) end

---@param value string a Retry-After field
---@param now number seconds since 1970
---@return number|nil seconds
function core.retry_after(value, now) end

-- ---- stores: csrc/lua/store.c, csrc/lua/step.c

---@alias vertexsms.core.Dialect
---| "sqlite"
---| "postgresql"

---@alias vertexsms.core.StoreKind
---| "ok"
---| "refused" # a statement with `must` neither found nor changed anything; `failed` is its name
---| "conflict" # a value that must be unique is there already; `constraint` says where, where it is known
---| "busy" # others held the lock for too long
---| "full" # no space on the disk
---| "read_only"
---| "corrupt" # the file is damaged
---| "foreign" # a database of another program
---| "denied" # permissions, passwords; a folder that others may write to; a network file system
---| "unreachable" # no connection, or it broke; a folder that does not exist
---| "newer"
---| "io" # the disk failed
---| "timeout"
---| "cancelled"
---| "closed"
---| "exhausted" # memory or descriptors of this machine
---| "failed" # anything else: SQL that is wrong, a broken rule of the schema

---@class vertexsms.core.StoreConfig
---@field path string|nil of a SQLite file; made, mode 0600, where there is none
---@field url string|nil postgresql://...
---@field timeout number|nil seconds for one step, waiting in the queue included; default 30
---@field queue_limit integer|nil default 10 000

--- NULL is nil. A number without a fraction is an integer.
---@class vertexsms.core.Statement
---@field sql string one statement; $1, $2 and so on stand for the parameters, and $now, in SQLite, for the time
---@field params { n: integer|nil, [integer]: string|number|boolean|nil }|nil
---@field must string|nil a name: the step is refused where the statement neither gives nor changes a row

--- Statements that are done all or none.
---@class vertexsms.core.Step
---@field read_only boolean|nil it writes nothing
---@field timeout number|nil seconds
---@field [integer] vertexsms.core.Statement

---@class vertexsms.core.Rows
---@field rows table<string, string|number>[] NULL is absent; an integer that Lua does not hold is its digits
---@field changes integer rows inserted, updated or deleted
---@field inserted integer|nil the rowid of the last row that it inserted, in SQLite

---@class vertexsms.core.Result
---@field kind vertexsms.core.StoreKind
---@field committed boolean|nil nil: there is no way to tell
---@field message string|nil nil for "ok"
---@field temporary boolean|nil nil for "ok"; the same step may succeed later
---@field failed string|nil
---@field constraint string|nil
---@field [integer] vertexsms.core.Rows of each statement

---@class vertexsms.core.Store: userdata
local Store = {}

--- Opens nothing yet.
---@param config vertexsms.core.StoreConfig
---@return vertexsms.core.Store|nil
---@return vertexsms.core.Refusal|nil
function core.store(config) end

--- Blocks the calling thread.
---@param step vertexsms.core.Step
---@return vertexsms.core.Result|nil
---@return vertexsms.core.Refusal|nil
function Store:perform(step) end

--- Returns at once. The ticket's response is a vertexsms.core.Result.
---@param step vertexsms.core.Step
---@return vertexsms.core.Ticket|nil
---@return vertexsms.core.Refusal|nil
function Store:submit(step) end

--- The same for a step of one statement that gives one row.
---@param sql string
---@param must string|nil
---@param ... string|number|boolean|nil at most 64 parameters
---@return boolean|nil is_row nil: a refusal comes second
---@return any ... the cells of the row; where there is not one row: the result
function Store:perform_one(sql, must, ...) end

--- The same for a step of a statement that is done several times, and gives one row each time.
---@param sql string
---@param must boolean each is to find a row, and is named by its number
---@param count integer
---@param ... string|number|boolean|table|nil at most 64 parameters; a list has one for each time
---@return boolean|nil is_row nil: a refusal comes second
---@return any ... a list for each column; where there is not one row each time: the result
function Store:perform_each(sql, must, count, ...) end

--- Likewise; the ticket has `columns`.
---@param sql string
---@param must boolean
---@param count integer
---@param ... string|number|boolean|table|nil
---@return vertexsms.core.Ticket|nil
---@return vertexsms.core.Refusal|nil
function Store:submit_each(sql, must, count, ...) end

--- Likewise; the ticket has a `row`.
---@param sql string
---@param must string|nil
---@param ... string|number|boolean|nil at most 64 parameters
---@return vertexsms.core.Ticket|nil
---@return vertexsms.core.Refusal|nil
function Store:submit_one(sql, must, ...) end

--- The next finished ticket; never blocks. This and what follows is as an engine's: hosts wait for both in one way.
---@param deadline number|nil as Engine:collect has it
---@return vertexsms.core.Ticket|nil
---@return integer count
function Store:collect(deadline) end

---@return integer|nil
---@return vertexsms.core.Refusal|nil
function Store:fd() end

---@return vertexsms.core.Counters
function Store:counters() end

---@return table
function Store:attachments() end

---@param seconds number
---@return boolean is_some
function Store:wait(seconds) end

---@return boolean
function Store:is_idle() end

---@return string|nil path
---@return vertexsms.core.Refusal|nil
function Store:listen() end

---@return true|nil
---@return vertexsms.core.Refusal|nil
function Store:accept() end

function Store:hang_up() end

---@return vertexsms.core.Dialect
function Store:dialect() end

---@return string name the path, or the URL without its password
function Store:name() end

--- Twice is fine.
function Store:close() end

---@return boolean
function Store:is_closed() end

-- ---- clock, chance, processes, signals: csrc/lua/core.c, secret.c, signals.c, replace.c

---@return number seconds on a clock that never goes back
function core.now() end

---@return number seconds on a clock that goes on while the machine sleeps
function core.uptime() end

---@return number seconds since 1970
function core.time() end

---@return number in [0, 1)
function core.random() end

---@param octets integer 1 to 64
---@return string digits twice as many hexadecimal digits
function core.random_hex(octets) end

--- Blocks the calling thread.
---@param seconds number
function core.sleep(seconds) end

---@return boolean|nil yieldable as coroutine.isyieldable says; nil where that is not known
function core.is_yieldable() end

---@return integer another one in every process of a line of forks
function core.process_number() end

---@return integer pid
function core.process_id() end

---@param pid integer
---@return boolean
function core.process_is_alive(pid) end

---@param words string written to stderr when a signal ends the process
function core.catch_signals(words) end

function core.defer_signals() end

---@return integer count
---@return integer first the number of the first signal
function core.signals() end

--- Waits for octets of stdin: until there are some, one of the descriptors can be read, a signal comes or the time is
--- over.
---@param seconds number 0 to 3600
---@param ... integer|nil descriptors, such as an engine's fd
---@return string|nil octets "" where none came; nil at the end of the input
function core.read_input(seconds, ...) end

---@param descriptor integer 0 is stdin, 1 stdout, 2 stderr
---@return boolean
function core.is_terminal(descriptor) end

--- Replaces the process by a program; it returns where that fails.
---@param words string[] the program and its arguments
function core.replace_process(words) end

-- ---- JSON, texts and user data headers: csrc/lua/core.c, text.c

---@param text string
---@return integer|nil position of the first octet that is not UTF-8
function core.invalid_utf8(text) end

---@param response vertexsms.core.Response
---@param name string in lower case
---@return string|nil value as response.headers has it
function core.header(response, name) end

---@param response vertexsms.core.Response
---@return integer|nil count of SMS that the service says it sent
function core.parts(response) end

---@param value any
---@return boolean
function core.is_id(value) end

---@param list any
---@return boolean|nil true for a list of IDs, at least one
function core.are_ids(list) end

---@param ids string[]
---@return boolean
function core.have_duplicates(ids) end

---@param response vertexsms.core.Response
---@param ids string[] to which those of the answer are added
---@param count integer how many it should have
---@return boolean are_taken false where it has others, does not rise, or is for vertexsms.request.answer to judge
function core.take_ids(response, ids, count) end

---@param items integer
---@param names integer
---@return table empty with room for that many
function core.new_table(items, names) end

---@param json string
---@return string[]|nil list nil for what only vertexsms.json.decode_exact reads, or refuses
function core.plain_list(json) end

---@param text string
---@return string|nil msisdn the digits alone
---@return string|nil reason
function core.msisdn(text) end

---@param text string
---@return string|nil sender
---@return string|nil reason
function core.sender(text) end

---@param message table
---@return string|nil to nil for a message that only vertexsms.message.rules can judge
---@return string|nil from
---@return string|nil text
---@return integer|nil parts
function core.plain_fields(message) end

---@param message table
---@return string|nil json nil for a message that only vertexsms.message.rules can judge
---@return integer|nil parts
---@return string|nil encoding
function core.plain_message(message) end

---@param list table
---@return integer|nil count nil for what is not a list of tables, and for what only vertexsms.message.draft can judge
function core.list_length(list) end

--- Messages that go in one request, as the `body` of it.
---@class vertexsms.core.Batch: userdata
local Batch = {}

---@return string json as it goes over the wire
function Batch:json() end

---@param list table
---@param count integer its length
---@param size integer
---@return vertexsms.Batches batches false where plain_message is nil for a message of it
function core.plain_batches(list, count, size) end

---@param value any
---@return string|nil json nil for what only vertexsms.base.json_writer writes, or refuses
function core.plain_json(value) end

---@param json string
---@return string json with its numbers as strings
function core.quote_numbers(json) end

---@param json string
---@return string json with its numbers as strings that begin with `#`, its strings with `$`
function core.tag_json(json) end

---@param text string
---@return string|nil digits of an integer, however it is written
function core.integer(text) end

---@param text string
---@param bits integer|nil of the reference, 8 or 16
---@return vertexsms.Cost|nil
---@return vertexsms.core.Refusal|nil
function core.text_analyze(text, bits) end

---@param text string
---@param bits integer|nil
---@return integer|nil parts
---@return "GSM-7"|"UCS-2"|vertexsms.core.Refusal encoding
---@return integer|nil units
---@return integer|nil left
---@return integer|nil chars
function core.text_count(text, bits) end

---@param text string
---@param bits integer
---@param ref integer
---@return { message: string, coding: integer, udh: string|nil }[]|nil
---@return vertexsms.core.Refusal|nil
function core.text_split(text, bits, ref) end

---@param written string `%05%00%03%CC%02%01`
---@return vertexsms.Udh|nil
---@return vertexsms.core.Refusal|nil
function core.udh_parse(written) end

---@param elements vertexsms.Element[]
---@return string|nil
---@return vertexsms.core.Refusal|nil
function core.udh_build(elements) end

---@param coding 0|1|2
---@param octets integer
---@return integer units
function core.udh_capacity(coding, octets) end

-- ---- callbacks: csrc/lua/ip.c, report.c, secret.c

---@class vertexsms.core.Ranges: userdata
local Ranges = {}

---@param list string[] `178.33.133.192/28`
---@return vertexsms.core.Ranges|nil
---@return vertexsms.core.Refusal|nil
function core.ip_ranges(list) end

---@param text string
---@return boolean
function Ranges:contains(text) end

---@param connection string
---@param forwarded string|nil X-Forwarded-For
---@return string|nil address
function Ranges:source(connection, forwarded) end

--- Nil for what is missing, empty, or neither a text nor a number.
---@param body string
---@return string|false|nil id
---@return string|vertexsms.core.Refusal|nil status
---@return string|nil error
---@return string|nil mcc
---@return string|nil mnc
---@return string|nil imsi
---@return string|nil country
---@return string|nil operator_id
---@return string|nil operator
---@return boolean|nil has_ported
function core.report(body) end

---@param text string
---@param secrets string[]
---@return boolean
function core.is_one_of(text, secrets) end

---@param uri string
---@param name string
---@return string|nil value nil, too, when there is more than one
function core.query_parameter(uri, name) end

---@param uri string
---@param name string
---@param secrets string[]
---@return boolean
function core.query_holds(uri, name, secrets) end

---@param key string
---@param data string
---@return string|nil digits lower-case hexadecimal
---@return vertexsms.core.Refusal|nil
function core.hmac_sha256(key, data) end

---@param text string
---@return string digits 16 hexadecimal ones that tell texts apart
function core.fingerprint(text) end

-- ---- files: csrc/lua/old_file.c

---@class vertexsms.core.OldFile: userdata
local OldFile = {}

---@param path string
---@return vertexsms.core.OldFile|false|nil file locked; false: another process has it locked
---@return vertexsms.core.Refusal|nil
function core.old_file(path) end

---@param offset integer
---@param octets integer
---@return string|nil
---@return vertexsms.core.Refusal|nil
function OldFile:read(offset, octets) end

---@param new_path string of the file that takes its place
---@param kept_path string where the old one stays
---@return true|nil
---@return vertexsms.core.Refusal|nil
function OldFile:give_way(new_path, kept_path) end

--- Twice is fine.
function OldFile:close() end

return core
