-- For plugin managers, which put this tree on Neovim's runtimepath. The plugin itself is in examples/neovim.

if vim.g.loaded_vertexsms then return end

local root = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h")
-- The runtimepath comes before what is installed, so the core must be this tree's too.
package.cpath = ("%s/build/luajit/?.so;%s"):format(root, package.cpath)
package.path = ("%s/examples/neovim/lua/?.lua;%s"):format(root, package.path)
dofile(root .. "/examples/neovim/plugin/vertexsms.lua")
