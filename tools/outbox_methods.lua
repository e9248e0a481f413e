-- The files with the methods of an outbox, in the order in which they are told: for the tools that document them.

return {
  "lua/vertexsms/outbox/adding.lua", "lua/vertexsms/outbox.lua", "lua/vertexsms/outbox/reading.lua",
  "lua/vertexsms/outbox/deciding.lua",
}
