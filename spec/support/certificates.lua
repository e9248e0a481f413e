--- Certificates for the fault server, made at run time: a good one, and one for each thing that can be wrong
-- with one.
--
--     luajit spec/support/certificates.lua DIR
--
-- DIR gets ca.pem, and NAME.pem (certificate and key) for each name below. Nothing of this is ever committed.

local altname = require("openssl.x509.altname")
local bignum = require("openssl.bignum")
local context = require("openssl.ssl.context")
local name = require("openssl.x509.name")
local pkey = require("openssl.pkey")
local x509 = require("openssl.x509")

local DAY = 86400
local LEAVES = { "good", "expired", "future", "wrong-host", "self-signed", "unknown-ca" }

local certificates = {}

local function new_name(common_name)
  return name.new():add("O", "vertexsms specs"):add("CN", common_name)
end

local serial = 0

-- `options`: common_name, hosts (DNS names), address, from and to (seconds from now), issuer (one of ours)
-- or self-signed.
local function issue(options)
  local key = pkey.new({ type = "EC", curve = "prime256v1" })
  local certificate = x509.new()
  local issuer = options.issuer or { key = key, name = new_name(options.common_name) }
  local now = os.time()
  serial = serial + 1
  certificate:setVersion(3)
  certificate:setSerial(bignum.new(serial + now * 1000))
  certificate:setSubject(new_name(options.common_name))
  certificate:setIssuer(issuer.name)
  certificate:setLifetime(now + (options.from or -DAY), now + (options.to or 30 * DAY))
  certificate:setPublicKey(key)
  certificate:setBasicConstraints({ CA = options.ca or false })
  certificate:setBasicConstraintsCritical(true)
  if options.host then
    local names = altname.new():add("DNS", options.host)
    if options.address then
      names:add("IP", options.address)
    end
    certificate:setSubjectAlt(names)
  end
  certificate:sign(issuer.key)
  return { key = key, certificate = certificate, name = new_name(options.common_name) }
end

local function write(dir, file, ...)
  local path = dir .. "/" .. file .. ".pem"
  local handle = assert(io.open(path, "w"))
  for _, text in ipairs({ ... }) do
    handle:write(text)
  end
  handle:close()
end

--- Makes all certificates in `dir`, which exists. Returns the path of the file that a client is to trust.
function certificates.make(dir)
  local ca = issue({ common_name = "Good CA", ca = true })
  local unknown = issue({ common_name = "Unknown CA", ca = true })
  local leaves = {
    good = { issuer = ca },
    expired = { issuer = ca, from = -30 * DAY, to = -DAY },
    future = { issuer = ca, from = DAY },
    ["wrong-host"] = { issuer = ca, host = "example.invalid" },
    ["self-signed"] = {},
    ["unknown-ca"] = { issuer = unknown },
  }
  for file, options in pairs(leaves) do
    options.common_name = options.host or "localhost"
    options.address = not options.host and "127.0.0.1" or nil
    options.host = options.host or "localhost"
    local leaf = issue(options)
    write(dir, file, leaf.certificate:toPEM(), leaf.key:toPEM("private"))
  end
  -- Last, because its presence says that the rest is there.
  write(dir, "ca", ca.certificate:toPEM())
  return dir .. "/ca.pem"
end

local function read(path)
  local handle = io.open(path)
  local text = handle and handle:read("*a")
  if handle then
    handle:close()
  end
  return text
end

local function server_context(dir, file, protocol)
  local pem = assert(read(dir .. "/" .. file .. ".pem"))
  local made = context.new(protocol or "TLS", true)
  made:setCertificate(x509.new(pem))
  made:setPrivateKey(pkey.new(pem))
  return made
end

function certificates.exist(dir)
  return read(dir .. "/ca.pem") ~= nil
end

--- Removes what `make` has made, and the folder with it if nothing else is in there.
function certificates.remove(dir)
  os.remove(dir .. "/ca.pem")
  for _, file in ipairs(LEAVES) do
    os.remove(dir .. "/" .. file .. ".pem")
  end
  os.remove(dir)
end

--- Server contexts by name, from the certificates in `dir`.
function certificates.contexts(dir)
  local contexts = {}
  for _, file in ipairs(LEAVES) do
    contexts[file] = server_context(dir, file)
  end
  contexts["tls-1-1"] = server_context(dir, "good", "TLSv1_1")
  -- OpenSSL 3 signs the TLS 1.1 handshake, with its SHA-1, at security level 0 only.
  contexts["tls-1-1"]:setCipherList("ALL:@SECLEVEL=0")
  contexts["tls-1-2"] = server_context(dir, "good", "TLSv1_2")
  return contexts
end

if arg and arg[0] and arg[0]:match("certificates%.lua$") and arg[1] then
  print(certificates.make(arg[1]))
end

return certificates
