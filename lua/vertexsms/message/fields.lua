--- The fields of a message, each written down once. The client checks a message by them (rules.lua), the command line
-- makes an option of each that has words for its help. The simulator has a list of its own, as a witness; a spec
-- compares the two, the annotations and docs/api.md.
--
-- Nothing here needs the core: the help of the command line does without it.

--- Every field of POST /sms, with VertexSMS's own names.
---@class vertexsms.Message
---@field to string recipient: international digits; with `correctBy` a national number
---@field from string sender: an MSISDN, or up to 11 Latin letters, digits, spaces and dots
---@field message string the text, UTF-8; VertexSMS splits a long one unless `udh` or `coding` is given
---@field dlrUrl string|nil where VertexSMS POSTs the delivery report
---@field priority "high"|"normal"|"low"|nil
---@field scheduled string|nil ISO 8601 with offset, `2015-01-01T13:00:00+02:00`
---@field udh string|nil User Data Header, `%05%00%03%CC%02%01`; needs `coding`
---@field coding 0|1|2|nil GSM 7-bit, 8-bit, UCS-2
---@field testMode "1"|"2"|1|2|nil emulate a delivered (1) or a failed (2) message
---@field expireIn integer|nil seconds until the message expires, 360 to 432000
---@field correctBy string|nil ISO 3166-1 alpha-2 country by which `to` is completed

--- What is known of a field. What cannot be said here, rules.lua checks by the field's name.
---@class vertexsms.message.Field: vertexsms.Rule
---@field values string[]|integer[]|nil all that it may be
---@field least integer|nil
---@field most integer|nil
---@field unit string|nil of least and most
---@field viber boolean|nil POST /viber has it, too
---@field help string|nil of the option of the command line

---@type vertexsms.message.Field[]
return {
  { name = "to", type = "string", required = true, viber = true, example = "37069912345" },
  { name = "from", type = "string", required = true, viber = true, example = "MyShop" },
  { name = "message", type = "string", required = true, viber = true, structural = true, is_secret = true },
  { name = "dlrUrl", type = "string", viber = true, is_url = true, example = "https://example.com/dlr",
    help = "URL for the delivery report." },
  { name = "priority", type = "string", viber = true, values = { "high", "normal", "low" }, help = "Priority." },
  { name = "scheduled", type = "string", viber = true, example = "2015-01-01T13:00:00+02:00",
    help = "When to send: ISO 8601 with offset, 2015-01-01T13:00:00+02:00." },
  { name = "udh", type = "string", example = "%05%00%03%CC%02%01",
    help = "User data header, %05%00%03...; needs --coding." },
  { name = "coding", type = "integer", values = { 0, 1, 2 },
    help = "0 GSM 7-bit, 1 8-bit, 2 UCS-2; the text is not split then." },
  { name = "testMode", type = "integer or string", viber = true, values = { "1", "2" },
    help = "1 emulates a delivered message, 2 a failed one." },
  { name = "expireIn", type = "integer", least = 360, most = 432000, unit = "seconds",
    help = "Seconds until the message expires, 360 to 432000." },
  { name = "correctBy", type = "string", viber = true, example = "LT",
    help = "Country to correct a national number by, LT." },
}
