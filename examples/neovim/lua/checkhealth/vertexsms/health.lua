-- For `:checkhealth vertexsms`, which looks into the runtimepath alone, where LuaRocks installs nothing.

return require("vertexsms.health")
