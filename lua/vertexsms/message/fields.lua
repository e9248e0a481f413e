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
---@field argname string|nil what stands for the value there

---@type vertexsms.message.Field[]
return {
  { name = "to", type = "string", required = true, viber = true, example = "37069912345" },
  { name = "from", type = "string", required = true, viber = true, example = "MyShop" },
  { name = "message", type = "string", required = true, viber = true, structural = true, is_secret = true },
  { name = "dlrUrl", type = "string", viber = true, is_url = true, example = "https://example.com/dlr",
    argname = "URL",
    help = "URL that VertexSMS sends the delivery report to." },
  { name = "priority", type = "string", viber = true, values = { "high", "normal", "low" },
    help = "high is for login codes, low for mass messages. VertexSMS takes normal by default." },
  { name = "scheduled", type = "string", viber = true, example = "2015-01-01T13:00:00+02:00",
    argname = "TIME", help = "When to send, with the offset from UTC: 2030-01-01T13:00:00+02:00 (ISO 8601)." },
  { name = "udh", type = "string", example = "%05%00%03%CC%02%01",
    argname = "HEX", help = "User data header, such as %05%00%03%CC%02%01. It needs --coding." },
  { name = "coding", type = "integer", values = { 0, 1, 2 },
    help = "0 is GSM 7-bit, 1 is 8-bit, 2 is UCS-2. VertexSMS does not split the text then." },
  { name = "testMode", type = "integer or string", viber = true, values = { "1", "2" },
    help = "Send nothing: 1 emulates a message that is delivered, 2 one that fails." },
  { name = "expireIn", type = "integer", least = 360, most = 432000, unit = "seconds",
    argname = "SECONDS",
    help = "Seconds until the message expires: 360 (6 minutes) to 432000 (5 days)." },
  { name = "correctBy", type = "string", viber = true, example = "LT",
    argname = "COUNTRY", help = "Country of national numbers, such as LT: VertexSMS completes the numbers by it." },
}
