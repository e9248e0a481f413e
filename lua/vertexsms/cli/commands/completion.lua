--- `vertexsms completion`: what a shell completes commands and options by.
--
-- Tested in spec/cli/completion_spec.lua.

local help = require("vertexsms.cli.help")
local scripts = require("vertexsms.cli.completion")

local M = {
  name = "completion",
  summary = "Print what a shell completes commands and options by.",
  description = "Print what a shell completes commands and options by. `make install` installs it: this is for other"
    .. " ways to install, LuaRocks for instance.",
  examples = {
    { "In ~/.bashrc", "source <(vertexsms completion bash)" },
    { "Once, for zsh; the folder must be in $fpath", "vertexsms completion zsh > ~/.zfunc/_vertexsms" },
    { "Once, for fish", "vertexsms completion fish > ~/.config/fish/completions/vertexsms.fish" },
  },
}

---@param command table argparse's
function M.configure(command)
  command:argument("shell", "The shell."):choices(scripts.SHELLS)
end

---@param args table
---@param parser table argparse's
---@return integer exit code
function M.run(args, parser)
  return help.finish((scripts.of(parser, args.shell):gsub("\n$", "")))
end

return M
