--- The few calls that cqueues and luaossl have no face for, through LuaJIT's FFI: the fault server runs under
-- LuaJIT only.

local bit = require("bit")
local ffi = require("ffi")

ffi.cdef([[
  struct fault_linger { int on; int seconds; };
  struct fault_pollfd { int fd; short events; short revents; };
  int setsockopt(int fd, int level, int option, const void *value, unsigned length);
  int shutdown(int fd, int how);
  int poll(struct fault_pollfd *fds, unsigned long count, int milliseconds);
  int getpid(void);
  int getppid(void);
  void _exit(int code);
  int SSL_shutdown(void *ssl);
]])

local SHUT_WR = 1
local POLLIN, POLLERR = 1, 8
local STDOUT = 1

-- <sys/socket.h>: Linux numbers them its own way; the BSDs and macOS agree with each other.
local SOL_SOCKET, SO_LINGER, SO_RCVBUF = 0xffff, 0x80, 0x1002
if ffi.os == "Linux" then
  SOL_SOCKET, SO_LINGER, SO_RCVBUF = 1, 13, 8
end

local IPPROTO_TCP, TCP_NODELAY = 6, 1

local kernel = {}

--- Makes the next close() of `fd` send RST: a linger time of zero throws away what is unsent and skips the
-- FIN.
function kernel.reset_on_close(fd)
  local linger = ffi.new("struct fault_linger", 1, 0)
  return ffi.C.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, ffi.sizeof(linger)) == 0
end

--- Sends FIN on `fd` at once and leaves it readable.
function kernel.finish(fd)
  return ffi.C.shutdown(fd, SHUT_WR) == 0
end

--- Whether there is something to read on `fd`, without waiting.
function kernel.readable(fd)
  local fds = ffi.new("struct fault_pollfd[1]")
  fds[0].fd, fds[0].events = fd, POLLIN
  return ffi.C.poll(fds, 1, 0) == 1
end

--- Makes the kernel take little of what is sent to `fd` before it is read.
function kernel.narrow(fd)
  local size = ffi.new("int[1]", 2048)
  return ffi.C.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, ffi.sizeof(size)) == 0
end

--- Switches Nagle's algorithm on again.
function kernel.hold_small_segments(fd)
  local no_delay = ffi.new("int[1]", 0)
  return ffi.C.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, no_delay, ffi.sizeof(no_delay)) == 0
end

local libssl

-- The libssl that luaossl has loaded already, by the names of OpenSSL 3 and 1.1.
local function load_libssl()
  for _, file in ipairs({ "libssl.so.3", "libssl.so.1.1", "ssl" }) do
    local ok, library = pcall(ffi.load, file)
    if ok then
      return library
    end
  end
  error("no libssl for close_notify")
end

--- Sends TLS's close_notify; `ssl` is luaossl's object, a userdata that holds an SSL pointer.
function kernel.close_notify(ssl)
  libssl = libssl or load_libssl()
  return libssl.SSL_shutdown(ffi.cast("void **", ssl)[0]) >= 0
end

function kernel.pid()
  return ffi.C.getpid()
end

function kernel.parent_pid()
  return ffi.C.getppid()
end

--- Whether stdout is a pipe whose reader has gone. A parent that ends by pclose() closes its end and
-- then waits for us: to look for the parent's own end alone would be to wait for each other.
function kernel.unheard()
  local fds = ffi.new("struct fault_pollfd[1]")
  fds[0].fd = STDOUT
  return ffi.C.poll(fds, 1, 0) == 1 and bit.band(fds[0].revents, POLLERR) ~= 0
end

--- Ends the process with no clean-up whatever: no atexit, no flush, no TLS goodbye.
function kernel.die(code)
  ffi.C._exit(code)
end

return kernel
