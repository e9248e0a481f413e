rockspec_format = "3.0"
package = "vertexsms"
version = "scm-1"

source = {
  url = "git+https://github.com/vertexsms/vertexsms-lua.git",
}

description = {
  summary = "SMS through VertexSMS: never twice, never lost, never blocking the host",
  detailed = [[
A client for VertexSMS's REST API with a C core over libcurl.  Every call ends in exactly one of accepted, not sent,
rejected or unknown, and only what is certainly not accepted is ever repeated by itself.]],
  license = "MIT",
  labels = { "sms", "http", "openresty", "neovim" },
}

dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.0",
}

-- libcurl is needed too, but not as an external_dependencies entry: LuaRocks does not look into Debian's multiarch
-- folders.  The Makefile, the one place that knows how to build, asks pkg-config; it takes the folders from here.
build = {
  type = "make",
  build_target = "module",
  install_target = "install-module",
  build_variables = {
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    LUA_INCDIR = "$(LUA_INCDIR)",
  },
  install_variables = {
    INST_LUADIR = "$(LUADIR)",
    INST_LIBDIR = "$(LIBDIR)",
    INST_BINDIR = "$(BINDIR)",
  },
}
