-- :VertexSms send TO MESSAGE...

if vim.g.loaded_vertexsms then return end
vim.g.loaded_vertexsms = true

-- Nothing is loaded before the first use.
vim.api.nvim_create_user_command("VertexSms", function(command)
  require("vertexsms_command").run(command)
end, {
  nargs = "+",
  range = true,
  desc = "Send an SMS",
  complete = function(lead, line)
    return require("vertexsms_command").complete(lead, line)
  end,
})
