--- `vertexsms count`: what a text costs, and why. Nothing is sent, and no token is needed.

local input = require("vertexsms.cli.input")
local missing = require("vertexsms.cli.missing")
local numbers = require("vertexsms.base.number")
local outcome = require("vertexsms.cli.outcome")

local M = {
  name = "count",
  summary = "Count the parts of a text, without any network.",
  examples = {
    { "Encoding, parts, and what makes a text expensive", 'vertexsms count "It’s ready"' },
    { "Many texts, one a line, summed up", "vertexsms count --file texts.txt" },
  },
}

local function to_number(text)
  return numbers.read(text)
end

---@param command table argparse's
function M.configure(command)
  command:argument("text", "The text. Without it, or with -, it is read from stdin."):args("?")
  command:option("--file", "Sum up the lines of a file, each a message. - is stdin."):argname("FILE")
  command:option("--reference", "Bits of the number that ties the parts of a message together. (default: 8)")
    :convert(to_number):choices({ "8", "16" })
  command:flag("--lossy", "Smart encoding may replace symbols too, such as the copyright sign by (C).")
  command:flag("--accents", "Smart encoding may take accents off letters.")
  command:flag("--json", "Print JSON on stdout.")
end

---@param args table
---@return integer exit code
function M.run(args)
  if args.text and args.file then
    return outcome.refuse("TEXT and --file cannot be used together: give one of them", args.json)
  end
  -- They need the core, without which the other commands can at least be asked for help.
  local loaded, counter = pcall(require, args.file and "vertexsms.cli.count_file" or "vertexsms.cli.count_text")
  if not loaded then
    return outcome.report({ kind = "internal", message = missing.words(counter) or counter, outcome = "not_sent" },
      args.json, true)
  end
  local options = { reference = args.reference, lossy = args.lossy, accents = args.accents }
  if args.file then return counter.run(args.file, options, args.json) end
  local message, reason = input.text(args.text or "-")
  if not message then return outcome.refuse(reason, args.json) end
  return counter.run(message, options, args.json)
end

return M
