# vertexsms - build, test, install.  `make help` lists the targets.

VERSION := $(shell sed -n 's/^\#define VSMS_VERSION "\(.*\)"/\1/p' csrc/vsms/base.h)

CC ?= cc
PKG_CONFIG ?= pkg-config
LUAS ?= luajit lua5.5 lua5.4 lua5.3 lua5.1
# The one that is installed for: a program, whose name is that of pkg-config's package.
LUA ?= lua5.4
LUA_NAME := $(notdir $(LUA))

# Those of them whose headers are here; asked anew by each make, so that `make deps` can come first. LUA_INCDIR names the
# folder of headers that pkg-config does not know: those of LUA, for which alone is built then.
BUILDABLE = $(if $(LUA_INCDIR),$(LUA_NAME),$(strip \
  $(foreach lua,$(LUAS),$(if $(shell $(PKG_CONFIG) --exists $(lua) 2>/dev/null && echo y),$(lua)))))
lua_cflags = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell $(PKG_CONFIG) --cflags $(1)))

ifeq ($(shell uname -s),Linux)
POLLER := csrc/http/poller_epoll.c
PEER := csrc/handoff/peer_ucred.c
DESCRIPTOR := csrc/base/descriptor_linux.c
FILESYSTEM := csrc/store/filesystem_linux.c
# dlopen is a library of its own before glibc 2.34.
DL_LIBS := -ldl
# The code must stay mapped while libcurl's threads and atexit functions may still run in it.
PIN := -Wl,-z,nodelete
else
POLLER := csrc/http/poller_poll.c
PEER := csrc/handoff/peer_eid.c
DESCRIPTOR := csrc/base/descriptor_posix.c
FILESYSTEM := csrc/store/filesystem_posix.c
DL_LIBS :=
PIN :=
endif
SO := $(if $(filter Darwin,$(shell uname -s)),dylib,so)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= -O2 -g
LIBFLAG ?= -shared
# 32-bit systems too have times after 2038 and files over 2 GiB.
WIDE := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
CORE_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WIDE) -fPIC -fvisibility=hidden -pthread -Icsrc $(WARNINGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS) $(POSTGRES_CFLAGS)
# For the signatures of callbacks, and for `vertexsms mcp`; CRYPTO=n builds without.
CRYPTO ?= $(shell $(PKG_CONFIG) --exists libcrypto 2>/dev/null && echo y)
PACKAGES = libcurl
ifeq ($(CRYPTO),y)
PACKAGES = libcurl libcrypto
CRYPTO_CFLAGS = -DVSMS_HAVE_LIBCRYPTO $(shell $(PKG_CONFIG) --cflags libcrypto)
CRYPTO_LIBS = $(shell $(PKG_CONFIG) --libs libcrypto)
endif
# Under which name a program loads a library, $(1), of a package, $(2): its soname, or that of its file where it has none.
LIBRARY_FILE = $(shell $(PKG_CONFIG) --variable=libdir $(2) 2>/dev/null)/$(1).$(SO)
SONAME = $(firstword $(shell readelf -d $(LIBRARY_FILE) 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\].*/\1/p') $(wildcard $(LIBRARY_FILE)) $(1).$(SO))
# For stores in a file; SQLITE=n builds without.
SQLITE ?= $(shell $(PKG_CONFIG) --exists sqlite3 2>/dev/null && echo y)
ifeq ($(SQLITE),y)
PACKAGES += sqlite3
SQLITE_LIBRARY := $(call SONAME,libsqlite3,sqlite3)
SQLITE_CFLAGS = -DVSMS_HAVE_SQLITE -DVSMS_SQLITE_LIBRARY='"$(SQLITE_LIBRARY)"' $(shell $(PKG_CONFIG) --cflags sqlite3)
SQLITE_LIBS = $(shell $(PKG_CONFIG) --libs sqlite3)
else
WITHOUT += csrc/store/sqlite/%.c spec/core/store_test.c
endif
# For stores in PostgreSQL; POSTGRES=n builds without.
POSTGRES ?= $(shell $(PKG_CONFIG) --exists 'libpq >= 14' 2>/dev/null && echo y)
ifeq ($(POSTGRES),y)
PACKAGES += libpq
POSTGRES_LIBRARY := $(call SONAME,libpq,libpq)
POSTGRES_CFLAGS = -DVSMS_HAVE_POSTGRES -DVSMS_POSTGRES_LIBRARY='"$(POSTGRES_LIBRARY)"' $(shell $(PKG_CONFIG) --cflags libpq)
POSTGRES_LIBS = $(shell $(PKG_CONFIG) --libs libpq)
else
WITHOUT += csrc/store/postgres/%.c
endif
CURL_CFLAGS = $(shell $(PKG_CONFIG) --cflags libcurl 2>/dev/null)
CHECK_HEADERS = CC="$(CC)" CFLAGS="$(CFLAGS)" CURL_CFLAGS="$(CURL_CFLAGS)" CRYPTO="$(CRYPTO)" SQLITE="$(SQLITE)" POSTGRES="$(POSTGRES)" \
  PKG_CONFIG="$(PKG_CONFIG)" LUA_INCDIR="$(LUA_INCDIR)" tools/headers.sh
CURL_LIBS = $(shell $(PKG_CONFIG) --libs libcurl 2>/dev/null || echo -lcurl) $(CRYPTO_LIBS) $(DL_LIBS)

ROOMS := base http handoff engine text callback store store/sqlite store/postgres
CORE_SOURCES := $(filter-out csrc/http/poller_%.c csrc/handoff/peer_%.c csrc/base/descriptor_%.c csrc/store/filesystem_%.c $(WITHOUT),\
  $(wildcard $(ROOMS:%=csrc/%/*.c))) $(POLLER) $(PEER) $(DESCRIPTOR) $(FILESYSTEM)
BINDING_SOURCES := $(wildcard csrc/lua/*.c)
HEADERS := $(wildcard csrc/*.h csrc/*/*.h csrc/*/*/*.h)
BUILD ?= build
CORE_OBJECTS := $(CORE_SOURCES:csrc/%.c=$(BUILD)/core/%.o)

.DEFAULT_GOAL := all
CHAOS_LUA ?= luajit
.PHONY: annotations bench bench-programs guard guard-renew guard-programs chaos docs rebuild asan tsan valgrind fuzz all deps demo \
  test lint format install uninstall check-install dist clean help module check-rock install-module c-test FORCE

all: ## build the module for every Lua whose headers are here
	@$(CHECK_HEADERS) $(LUAS)
	@$(MAKE) -s --no-print-directory $(BUILDABLE:%=$(BUILD)/%/vertexsms/core.so)

deps: ## install what building and testing need (Debian; says what is missing elsewhere)
	@tools/deps.sh all

demo: ## send an SMS to the local simulator and show its delivery report
	@tools/deps.sh demo
	@$(MAKE) --no-print-directory LUAS=luajit all
	@tools/demo.sh

test: ## build for every Lua and run every spec on each
	@tools/deps.sh all
	@$(MAKE) --no-print-directory all c-test
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/poll POLLER=csrc/http/poller_poll.c \
	  CFLAGS="$(CFLAGS) -DVSMS_NO_WIPE_ON_FORK" c-test
	@tools/test.sh

chaos: ## thousands of sends through a server that fails at random: SEED=1 COUNT=4000 KILLS=80 STORES="sqlite postgresql"
	@tools/deps.sh all
	@$(MAKE) --no-print-directory all
	@LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="$(BUILD)/$(CHAOS_LUA)/?.so;;" \
	  $(CHAOS_LUA) tools/chaos.lua $(or $(SEED),1) $(or $(COUNT),4000) "$(KILLS)" "$(STORES)"

# One Lua is enough for the sanitizers: the code is the same, and LuaJIT's allocator is not theirs to watch.
asan: ## the core's tests and the specs under ASan, UBSan and LSan
	@tools/sanitize.sh asan

tsan: ## the core's tests and the specs that use threads under TSan
	@tools/sanitize.sh tsan

valgrind: ## the core's tests and some specs under valgrind
	@tools/sanitize.sh valgrind

rebuild: ## a build of the tarball without libcrypto, then one with it: nothing of the first is left in the second
	@tools/rebuild.sh

fuzz: ## every place that reads untrusted octets, for SECONDS=20 each
	@tools/fuzz.sh $(or $(SECONDS),20)

bench: ## what a send costs, beside bare libcurl and others: ONLY="tick luv" ROUNDS=5 JSON=file
	@tools/deps.sh bench
	@$(MAKE) -s --no-print-directory all bench-programs
	@$(BENCH_LUA) bench/run.lua --rounds $(or $(ROUNDS),5) $(if $(JSON),--json $(JSON)) $(ONLY)

guard: ## instructions and allocations of a send must not have grown over bench/guard/baseline.txt
	@tools/deps.sh all
	@$(MAKE) -s --no-print-directory LUAS="$(BENCH_LUAS)" all guard-programs
	@$(RUN_GUARD) check

guard-renew: ## write that file anew, after a change that is worth its cost
	@tools/deps.sh all
	@$(MAKE) -s --no-print-directory LUAS="$(BENCH_LUAS)" all guard-programs
	@$(RUN_GUARD) renew

docs: ## the reference in build/docs, by LDoc
	@tools/deps.sh all
	@tools/docs.sh

annotations: ## lua/vertexsms/{client,outbox}.meta.lua for editors, after a method of one has changed
	@luajit tools/annotations.lua >$(BUILD)/client.meta.lua && mv $(BUILD)/client.meta.lua lua/vertexsms/client.meta.lua
	@luajit tools/annotations.lua outbox >$(BUILD)/outbox.meta.lua && mv $(BUILD)/outbox.meta.lua lua/vertexsms/outbox.meta.lua

lint: ## luacheck, warnings as errors with gcc and clang, clang-format, cppcheck
	@tools/deps.sh all
	@tools/lint.sh

format: ## lay out the C sources
	clang-format -i $(wildcard csrc/*.[ch] csrc/*/*.[ch] csrc/*/*/*.[ch] spec/*/*.[ch] bench/*/*.[ch])

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# How something was built: the compiler, the flags, the versions of the packages, the libraries.  It is written into a
# file, which changes only when it does, and what was built in another way is built again.
COMPILED = $(CC) $(shell $(CC) --version 2>/dev/null | head -n 1) $(CORE_CFLAGS) $(CFLAGS) $(CPATH) $(C_INCLUDE_PATH) \
  $(foreach package,$(PACKAGES),$(package) $(shell $(PKG_CONFIG) --modversion $(package) 2>/dev/null))
LINKED = $(LIBFLAG) $(LDFLAGS) $(PIN) $(CURL_LIBS) $(LIBRARY_PATH) \
  $(realpath $(foreach package,$(PACKAGES),$(shell $(CC) -print-file-name=$(package).so 2>/dev/null)))
RECIPES := $(firstword $(MAKEFILE_LIST))
WRITE_STAMP = mkdir -p $(@D); printf '%s\n' "$$STAMP" | cmp -s - $@ || printf '%s\n' "$$STAMP" >$@

$(BUILD)/core/how: export STAMP = $(COMPILED)
$(BUILD)/spec/how: export STAMP = $(LINKED) $(CORE_OBJECTS)
$(BUILD)/core/how $(BUILD)/spec/how: FORCE
	@$(WRITE_STAMP)

FORCE:
.DELETE_ON_ERROR:

$(BUILD)/core/%.o: csrc/%.c $(HEADERS) $(BUILD)/core/how $(RECIPES)
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(CORE_CFLAGS) $(CFLAGS) -c $< -o $@

# One rule set for each Lua: its own headers, its own folder.
define LUA_RULES
$(BUILD)/$(1)/how: export STAMP = $$(COMPILED) $$(LINKED) $(1) $$(call lua_cflags,--modversion $(1)) \
  $$(CORE_OBJECTS) $$(BINDING_SOURCES)
$(BUILD)/$(1)/how: FORCE
	@$$(WRITE_STAMP)
$(BUILD)/$(1)/%.o: csrc/lua/%.c $$(HEADERS) $(BUILD)/$(1)/how $(RECIPES)
	@mkdir -p $$(@D)
	@echo "  CC  $$@"
	@$$(CC) $$(CORE_CFLAGS) $$(call lua_cflags,$(1)) $$(CFLAGS) -c $$< -o $$@
$(BUILD)/$(1)/vertexsms/core.so: $$(CORE_OBJECTS) $$(BINDING_SOURCES:csrc/lua/%.c=$(BUILD)/$(1)/%.o) $(BUILD)/$(1)/how
	@mkdir -p $$(@D)
	@echo "  LD  $$@"
	@$$(CC) $$(LIBFLAG) $$(LDFLAGS) $$(PIN) -o $$@ $$(filter %.o,$$^) $$(CURL_LIBS) -pthread -lm
endef
$(foreach lua,$(sort $(LUAS) $(LUA_NAME)),$(eval $(call LUA_RULES,$(lua))))

# The core's own tests: every spec/core/*_test.c is a program that links the core's objects.
C_TESTS := $(patsubst spec/core/%.c,$(BUILD)/spec/%,$(filter-out $(WITHOUT),$(wildcard spec/core/*_test.c)))

c-test: $(C_TESTS)

$(BUILD)/spec/alloc_test $(BUILD)/spec/store_test: WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
$(BUILD)/spec/store_test: OWN_LIBS = $(SQLITE_LIBS)
$(BUILD)/spec/engine_test: WRAP := -Wl,--wrap=write
$(BUILD)/spec/alloc_test: WRAP += -Wl,--wrap=strdup,--wrap=epoll_ctl

$(BUILD)/spec/%: spec/core/%.c $(CORE_OBJECTS) $(HEADERS) $(wildcard spec/core/*.h) $(BUILD)/spec/how $(RECIPES)
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(CORE_CFLAGS) $(CFLAGS) -Icsrc $< $(CORE_OBJECTS) -o $@ $(LDFLAGS) $(WRAP) $(OWN_LIBS) $(CURL_LIBS) -lcmocka -pthread -lm

# What `make bench` measures beside the product, and how.
BENCH_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -Icsrc
BENCH_LUAS := luajit lua5.4
BENCH_LUA = BUILD=$(BUILD) LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" \
  LUA_CPATH="$(BUILD)/luajit/?.so;$(BUILD)/bench/luajit/?.so;;" luajit
BENCH_USAGE := $(BENCH_LUAS:%=$(BUILD)/bench/%/benchusage.so)
RUN_GUARD = CC="$(CC)" $(BENCH_LUA) bench/guard/run.lua

bench-programs: $(addprefix $(BUILD)/bench/,bare_easy bare_multi ping text $(if $(filter y,$(SQLITE)),sqlite) $(if $(filter y,$(POSTGRES)),postgres)) $(BENCH_USAGE)

guard-programs: $(BUILD)/bench/counting.so $(BENCH_USAGE)

$(BUILD)/bench/counting.so: bench/guard/counting.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) -fPIC -shared $< -o $@

$(BUILD)/bench/bare_%: bench/programs/bare_%.c bench/programs/bare.c bench/programs/bare.h
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $(CURL_CFLAGS) $(filter %.c,$^) -o $@ $(CURL_LIBS)

$(BUILD)/bench/ping: bench/programs/ping.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $< -o $@

$(BUILD)/bench/sqlite: bench/programs/sqlite.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $(SQLITE_CFLAGS) $< -o $@ $(SQLITE_LIBS)

$(BUILD)/bench/postgres: bench/programs/postgres.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $(POSTGRES_CFLAGS) $< -o $@ $(POSTGRES_LIBS)

$(BUILD)/bench/text: bench/programs/text.c $(CORE_OBJECTS)
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $^ -o $@ $(CURL_LIBS) -pthread -lm

$(BUILD)/bench/%/benchusage.so: bench/programs/usage.c
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(CC) $(BENCH_CFLAGS) $(shell $(PKG_CONFIG) --cflags $*) -fPIC -shared $< -o $@

# ---- installing: `make install LUA=lua5.4`, or LuaRocks through the rockspec, which sets the folders ----

PREFIX ?= /usr/local
# 5.4 for instance: what the program LUA is, which decides where it looks, and what the headers are.
LUA_ABI = $(shell $(LUA) -e 'print(_VERSION:match("%d.%d"))' 2>/dev/null)
# Some write the version as a text of several parts.
HEADERS_ABI = $(shell echo LUA_VERSION | $(CC) $(call lua_cflags,$(LUA_NAME) 2>/dev/null) -include lua.h -E -P - 2>/dev/null | \
  sed -n '$$s/[^0-9.]//gp')
INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_ABI)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_ABI)
INST_BINDIR ?= $(PREFIX)/bin
# The manual page and the completions of shells, which tools/manual.lua makes while installing.
INST_SHAREDIR ?= $(PREFIX)/share
RUN_INSTALL = MODULE="$(MODULE)" INTERPRETER="$(INTERPRETER)" DESTDIR="$(DESTDIR)" INST_LUADIR="$(INST_LUADIR)" \
  INST_LIBDIR="$(INST_LIBDIR)" INST_BINDIR="$(INST_BINDIR)" INST_SHAREDIR="$(INST_SHAREDIR)" \
  SHARE="$(BUILD)/share" VERSION="$(VERSION)" tools/install.sh

install: INTERPRETER = $(LUA)
install: MODULE = $(BUILD)/$(LUA_NAME)/vertexsms/core.so
install: check-install ## install for one Lua: LUA=lua5.4 PREFIX=/usr/local
	@$(MAKE) --no-print-directory $(MODULE)
	@$(RUN_INSTALL) install

check-install:
	@PROGRAM=$(LUA) $(CHECK_HEADERS) $(LUA_NAME)
	@[ "$(HEADERS_ABI)" = "$(LUA_ABI)" ] || \
	  { echo "the program $(LUA) is Lua $(LUA_ABI), its headers are $(or $(HEADERS_ABI),missing)" >&2; exit 1; }

uninstall: INTERPRETER = $(LUA)
uninstall: ## remove what `make install` installed for that Lua
	@[ -n "$(LUA_ABI)" ] || { echo "there is no program $(LUA); LUA=NAME names the Lua to uninstall for" >&2; exit 1; }
	@$(RUN_INSTALL) uninstall

dist: ## build/dist: the tarball of this commit, its checksum, and with URL=https://... the release's rockspec
	@URL="$(URL)" HOMEPAGE="$(HOMEPAGE)" ISSUES="$(ISSUES)" tools/dist.sh "$(VERSION)" "$(BUILD)/dist"

check-rock:
	@$(CHECK_HEADERS)

module: check-rock $(CORE_OBJECTS) # LuaRocks: LUA_INCDIR says which Lua
	@mkdir -p $(BUILD)/rock
	$(CC) $(CORE_CFLAGS) -I$(LUA_INCDIR) $(CFLAGS) $(LIBFLAG) $(LDFLAGS) $(PIN) -o $(BUILD)/rock/core.so \
	  $(BINDING_SOURCES) $(CORE_OBJECTS) $(CURL_LIBS) -pthread -lm

MODULE ?= $(BUILD)/rock/core.so
INTERPRETER ?= lua
install-module: # LuaRocks, which keeps the list of files itself
	@$(RUN_INSTALL) rock
