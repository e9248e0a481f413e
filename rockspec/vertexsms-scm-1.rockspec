-- Builds the tree that it lies in, with `luarocks make`, and names no host. `make dist URL=https://...` writes that of a
-- release, with the URL and the checksum of its tarball.
rockspec_format = "3.0"
package = "vertexsms"
version = "scm-1"

source = {
  url = "file://.",
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
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.0",
}

-- Optional, so LuaRocks does not install them:
--   http >= 0.4      vertexsms simulate, vertexsms listen, callback.lua_http
--   luv              the host luv
--   cqueues          the host cqueues
-- and OpenSSL's headers (libcrypto) when it is built, for the signatures of callbacks.

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

test_dependencies = {
  "busted >= 2.0",
}

-- The specs that need neither servers nor other Luas, on what `luarocks make` has installed. `make test` runs all.
test = {
  type = "busted",
  flags = { "--helper=spec/support/helper.lua", "spec/text_spec.lua", "spec/address_spec.lua", "spec/json_spec.lua" },
}
