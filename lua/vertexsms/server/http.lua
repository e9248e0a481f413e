--- A small HTTP/1.1 server to develop with, for the simulator and the listener: one handler, a clean end on SIGINT and
-- SIGTERM. What may come in is the business of vertexsms.lua_http.stream; HTTP itself is lua-http's.

local ascii = require("vertexsms.base.ascii")
local auxlib = require("cqueues.auxlib")
local cjson = require("cjson")
local cqueues = require("cqueues")
local lua_http = require("http.server")
local reasons = require("vertexsms.base.reason")
local signal = require("cqueues.signal")
local streams = require("vertexsms.lua_http.stream")
local util = require("http.util")

local M = {}

-- Seconds after which lua-http may close a silent connection; the guard does it earlier.
local IDLE_TIMEOUT = 150

---@class vertexsms.server.HttpOptions
---@field handler fun(request: vertexsms.lua_http.Request): vertexsms.lua_http.Response
---@field host string|nil bind address, default 127.0.0.1
---@field port integer|nil default 0, a free one
---@field screen nil|fun(request: vertexsms.lua_http.Request): vertexsms.lua_http.Response|nil a reply before the
---  body is read
---@field max_body integer|nil bytes, default 1 MiB
---@field tls_cert string|nil PEM file, the server's certificate first; with tls_key it serves HTTPS
---@field tls_key string|nil PEM file
---@field log nil|fun(line: string) default: to stdout, flushed

local Server = {}
Server.__index = Server

--- A URL as it may be shown: credentials and the query are where people put secrets.
---@param url string
---@return string
function M.public_url(url)
  return (url:gsub("[?#].*$", ""):gsub("^([A-Za-z][A-Za-z0-9+.-]*://)[^/]*@", "%1"))
end

-- An instance of lua-cjson knows the decimal point of the locale in which it was made.
local function encode(value)
  return cjson.new().encode(value)
end

--- A response with a JSON body.
---@param status integer
---@param value table
---@param headers table<string, string>|nil
---@return vertexsms.lua_http.Response
function M.json(status, value, headers)
  local all = { ["Content-Type"] = "application/json" }
  for name, content in pairs(headers or {}) do all[name] = content end
  return { status = status, headers = all, body = encode(value) }
end

--- True when only this machine can reach the address.
---@param host string
---@return boolean
function M.is_loopback(host)
  return ascii.is_same(host, "localhost") or host == "::1" or host:match("^127%.[0-9]+%.[0-9]+%.[0-9]+$") ~= nil
end

local function read_file(path)
  local file, err = io.open(path, "rb")
  if not file then error("cannot read " .. err, 0) end
  local content
  content, err = file:read("*a")
  file:close()
  if not content then error(("cannot read %s: %s"):format(path, err), 0) end
  return content
end

-- A TLS context from PEM files; the certificates after the first are sent as the chain.
local function tls_context(cert_path, key_path)
  local x509 = require("openssl.x509")
  local context = require("openssl.ssl.context")
  local ctx = require("http.tls").new_server_context()
  ctx:setOptions(context.OP_NO_TLSv1 + context.OP_NO_TLSv1_1)
  local chain, first = require("openssl.x509.chain").new(), nil
  for pem in read_file(cert_path):gmatch("%-+BEGIN CERTIFICATE%-+.-%-+END CERTIFICATE%-+") do
    local cert = x509.new(pem)
    if first then chain:add(cert) else first = cert end
  end
  if not first then error(("--tls-cert %s has no certificate in it: it must be a PEM file"):format(cert_path), 0) end
  ctx:setCertificate(first)
  ctx:setCertificateChain(chain)
  ctx:setPrivateKey(require("openssl.pkey").new(read_file(key_path)))
  return ctx
end

--- Runs a task beside the server, in a coroutine of its own; its failure is logged and ends nothing else.
---@param task fun()
function Server:spawn(task)
  self.cq:wrap(function()
    local ok, err = util.yieldable_pcall(task)
    if not ok then self.log("internal error: " .. reasons.text(err)) end
  end)
end

--- Binds the address. Returns nil and a message when that fails.
---@return string|nil host
---@return integer|string port or message
function Server:listen()
  local listener, err = lua_http.listen {
    cq = self.cq, host = self.host, port = self.port, reuseaddr = true,
    tls = self.ctx ~= nil, ctx = self.ctx, version = 1.1,
    connection_setup_timeout = streams.REQUEST_TIMEOUT, intra_stream_timeout = IDLE_TIMEOUT,
    onstream = function(_, stream) self.service:on_stream(stream) end,
  }
  local ok = listener
  if listener then streams.guard(listener, self.notice) end
  if listener then ok, err = listener:listen(streams.REQUEST_TIMEOUT) end
  if not ok then
    return nil, ("cannot listen on %s:%d: %s"):format(self.host, self.port, reasons.text(err))
  end
  self.listener = listener
  local _, host, port = auxlib.fileresult(listener.socket:localname())
  self.host, self.port = host, port
  return host, port
end

--- The server's own address, for people and for `base_url`.
---@return string
function Server:url()
  local host = self.host:find(":", 1, true) and "[" .. self.host .. "]" or self.host
  return ("%s://%s:%d"):format(self.ctx and "https" or "http", host, self.port)
end

--- Serves until `stop` is called or SIGINT or SIGTERM comes. The signals are taken before `started` is
-- called, so a program that has read the first line may send them.
---@param started fun() says that the server listens
function Server:run(started)
  signal.block(signal.SIGINT, signal.SIGTERM)
  local signals = signal.listen(signal.SIGINT, signal.SIGTERM)
  self:spawn(function()
    signals:wait()
    self:stop()
  end)
  started()
  while not self.stopped do
    local ok, err = self.cq:step()
    if not ok then self.log("internal error: " .. reasons.text(err)) end
  end
  self.listener.socket:close()
  signal.unblock(signal.SIGINT, signal.SIGTERM)
end

--- Ends `run`. Open connections are dropped: nothing waits for a client that stays silent.
function Server:stop()
  self.stopped = true
end

--- Makes a server; nothing is bound before `listen`.
---@param options vertexsms.server.HttpOptions
---@return table server
function M.new(options)
  if (options.tls_cert == nil) ~= (options.tls_key == nil) then
    error("--tls-cert and --tls-key must be given together", 0)
  end
  local service = streams.new(options)
  local host = options.host or "127.0.0.1"
  return setmetatable({
    cq = cqueues.new(), service = service, log = service.log, notice = service.notice,
    host = ascii.is_same(host, "localhost") and "127.0.0.1" or host,
    port = options.port or 0,
    ctx = options.tls_cert and tls_context(options.tls_cert, options.tls_key) or nil,
  }, Server)
end

return M
