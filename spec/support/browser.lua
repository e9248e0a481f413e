--- A real browser: Debian's Chromium without a window, driven by its chromedriver over WebDriver
-- (https://www.w3.org/TR/webdriver2/).

local await = require("spec.support.await")
local cjson = require("cjson")
local process = require("spec.support.process")
local socket = require("socket")
local web = require("spec.support.web")

local M = {}

-- Starting takes seconds where many specs run at once.
local READY_SECONDS, LIMIT = 30, 120
local WAIT = 15

-- The key under which WebDriver has an element (section 12.1).
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf"

--- What keys are called on the wire (section 15.4.2, "Keyboard actions").
M.KEYS = {
  enter = "\238\128\135", tab = "\238\128\132", escape = "\238\128\140", down = "\238\128\149", home = "\238\128\145",
}

local Browser = {}
Browser.__index = Browser

local function encode(value)
  if value == nil then return "{}" end
  -- An empty table is an array where WebDriver wants one, which lua-cjson cannot know.
  return (cjson.encode(value):gsub('"args":{}', '"args":[]'))
end

local function call(self, method, path, body)
  local status, answer = web.request(method, self.driver .. path, { ["Content-Type"] = "application/json" },
    method == "POST" and encode(body) or nil)
  local decoded = cjson.decode(answer)
  if status == 200 then return decoded.value end
  error(("%s: %s"):format(decoded.value.error, decoded.value.message:match("^[^\n]*")), 0)
end

function Browser:call(method, path, body)
  return call(self, method, ("/session/%s%s"):format(self.session, path), body)
end

--- Opens a page.
function Browser:open(url)
  self:call("POST", "/url", { url = url })
end

--- What an expression of JavaScript is worth in the page; a promise is waited for.
function Browser:eval(expression)
  return self:call("POST", "/execute/sync", { script = "return " .. expression, args = {} })
end

--- Waits until an expression is true, and returns what it is worth.
function Browser:await(expression, seconds)
  local value
  local holds = await(function()
    value = self:eval(expression)
    return value ~= nil and value ~= cjson.null and value ~= false and value ~= ""
  end, seconds or WAIT)
  if holds then return value end
  error(("never true: %s\nThe page: %s"):format(expression, self:eval("document.body.innerText.slice(0, 600)")), 2)
end

local function element(self, selector)
  self:await(("document.querySelector(%s) !== null"):format(cjson.encode(selector)))
  return self:call("POST", "/element", { using = "css selector", value = selector })[ELEMENT]
end

function Browser:click(selector)
  self:call("POST", ("/element/%s/click"):format(element(self, selector)))
end

--- Writes into a field, in place of what is there.
function Browser:write(selector, text)
  local id = element(self, selector)
  self:call("POST", ("/element/%s/clear"):format(id))
  if text ~= "" then self:call("POST", ("/element/%s/value"):format(id), { text = text }) end
end

--- The text of an element as it is seen.
function Browser:text(selector)
  return self:call("GET", ("/element/%s/text"):format(element(self, selector)))
end

--- Presses keys, one after the other, wherever the focus is.
function Browser:press(...)
  local actions = {}
  for _, key in ipairs { ... } do
    actions[#actions + 1] = { type = "keyDown", value = M.KEYS[key] or key }
    actions[#actions + 1] = { type = "keyUp", value = M.KEYS[key] or key }
  end
  self:call("POST", "/actions", { actions = { { type = "key", id = "keyboard", actions = actions } } })
end

function Browser:resize(width, height)
  self:call("POST", "/window/rect", { width = width, height = height })
end

--- Asks the browser itself (https://chromedevtools.github.io/devtools-protocol/).
function Browser:devtools(command, parameters)
  return self:call("POST", "/goog/cdp/execute", { cmd = command, params = parameters })
end

--- The size of the page as a telephone has it, which a window cannot have; without one, the window's again.
function Browser:emulate(width, height)
  if not width then return self:devtools("Emulation.clearDeviceMetricsOverride", { x = 1 }) end
  self:devtools("Emulation.setDeviceMetricsOverride",
    { width = width, height = height, deviceScaleFactor = 1, mobile = false })
end

---@param scheme "light"|"dark"
function Browser:prefer(scheme)
  self:devtools("Emulation.setEmulatedMedia", { features = { { name = "prefers-color-scheme", value = scheme } } })
end

--- The errors of the browser's console since the last time.
function Browser:complaints()
  local list = {}
  for _, entry in ipairs(self:call("POST", "/se/log", { type = "browser" })) do
    if entry.level == "SEVERE" then list[#list + 1] = entry.message end
  end
  return list
end

--- Ends the browser, and the one whose driver has died.
function Browser:stop()
  pcall(self.call, self, "DELETE", "")
  self.process:stop()
  os.execute(("kill %d 2>/dev/null"):format(self.pid))
end

-- Root has no sandbox, and containers a small /dev/shm. The name of a foreigner is this machine's: DNS rebinding. And
-- Chromium's own guard of this machine, which other browsers do not have, is off.
local ARGUMENTS = { "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
  "--disable-extensions", "--disable-background-networking", "--force-color-profile=srgb", "--hide-scrollbars",
  "--window-size=1280,860", "--host-resolver-rules=MAP evil.example 127.0.0.1",
  "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights" }

local function free_port()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  server:close()
  return port
end

-- The browser inherits the driver's output, and would keep a pipe open that is read to its end. Another program may
-- have taken the port meanwhile, and then the driver ends.
local function start_driver()
  for _ = 1, 3 do
    local port = free_port()
    local url = "http://127.0.0.1:" .. port
    local command = ("exec chromedriver --port=%d >/dev/null 2>&1"):format(port)
    local driver = process.start({ "sh", "-c", command }, { limit = LIMIT })
    if await(function() return (pcall(web.request, "GET", url .. "/status")) end, READY_SECONDS) then
      return driver, url
    end
    driver:stop()
  end
  error("chromedriver does not answer")
end

--- Whether there is one.
function M.is_there()
  return (process.run { "sh", "-c", "command -v chromedriver" }) == 0
end

--- Starts a browser.
function M.start()
  local driver, url = start_driver()
  local browser = setmetatable({ process = driver, driver = url }, Browser)
  local session = call(browser, "POST", "/session", { capabilities = { alwaysMatch = {
    browserName = "chrome", ["goog:chromeOptions"] = { args = ARGUMENTS },
    ["goog:loggingPrefs"] = { browser = "ALL" },
  } } })
  browser.session, browser.pid = session.sessionId, session.capabilities["goog:processID"]
  return browser
end

return M
