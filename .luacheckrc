std = "min"
max_line_length = 120
files["spec/**/*_spec.lua"].std = "min+busted"
exclude_files = { "build" }
files["examples/neovim"].globals = { "vim" }
files["plugin"].globals = { "vim" }
files["examples/luanti"].read_globals = { "minetest" }
files["examples/nginx"].globals = { "ngx" }
-- annotations: functions without a body
files["lua/vertexsms/*.meta.lua"].ignore = { "212", "241" }
