-- The page in a real browser. It takes some seconds, so one Lua is enough: the page is the same.

local browsers = require("spec.support.browser")
local cjson = require("cjson")
local inboxes = require("spec.support.inbox")
local process = require("spec.support.process")
local vertexsms = require("vertexsms")

if process.lua() ~= "luajit" then return end

if not browsers.is_there() then
  describe("simulator: the page", function() pending("chromium-driver is not installed: try make deps") end)
  return
end

-- Seconds that the browser and the simulator may live.
local LIMIT = 120

local HOSTILE = '<script>window.isPwned = true</script><img src=x onerror="isPwned = true">&amp; \226\128\174evil'

describe("simulator: the page", function()
  local inbox, browser, client

  setup(function()
    inbox = inboxes.start({ "--dlr-delay", "0.3", "--dlr-retry", "0.2" }, nil, LIMIT)
    browser = browsers.start()
    client = vertexsms.new { base_url = inbox.url, token = "token-of-the-page", host = "blocking" }
  end)
  teardown(function()
    client:close()
    browser:stop()
    process.stop_all()
  end)
  before_each(function()
    browser:open("about:blank")
    inbox:call("DELETE", "/_simulator/messages")
    inbox:call("PUT", "/_simulator/settings", '{"paused":false,"faults":[],"fault_rate":1}')
    browser:open(inbox.url .. "/")
    browser:await("document.getElementById('live').dataset.state === 'live'")
  end)
  -- What the browser refuses, the page's own rules included, it says in its console.
  after_each(function() assert.same({}, browser:complaints()) end)

  local function send(fields)
    local message = { to = "37069912345", from = "MyShop", message = "Your code is 4815" }
    for name, value in pairs(fields or {}) do message[name] = value end
    return client:send(message).id
  end

  local function row(id)
    return ("document.querySelector('#m-%s')"):format(id)
  end

  local function open(id)
    browser:click("#m-" .. id)
    browser:await(("location.hash === '#%s' && document.querySelector('.life li') !== null"):format(id))
  end

  it("says what to do while there is no message, and shows one that the library sends without a reload", function()
    assert.matches("No message yet", browser:text("#empty"), 1, true)
    assert.matches("VERTEXSMS_BASE_URL=" .. inbox.url, browser:text("#empty"), 1, true)
    browser:eval("window.isSame = true")
    local id = send()
    browser:await(row(id) .. " && " .. row(id) .. ".innerText.includes('delivered')")
    assert.equal("1 message", browser:text("#count"))
    assert.is_true(browser:eval("window.isSame"))
  end)

  it("shows its code, its parts, what made it UCS-2, its price, its JSON and its life", function()
    local id = send { message = ("Your code is 4815. "):rep(4) .. "It’s yours" }
    open(id)
    browser:await("document.querySelector('.life').innerText.includes('Delivered')")
    local detail = browser:text("#detail")
    for _, words in ipairs { "37069912345", "4815\nCopy", "Part 1 of 2, 67 of 67 UTF-16 units", "U+2019", "Accepted",
      "0.07 EUR (2 × 0.035)", "no dlrUrl was given", "POST /sms", '"from": "MyShop"', "Answered 200", id } do
      assert.matches(words, detail, 1, true)
    end
    assert.equal("’", browser:eval("document.querySelector('.screen mark').textContent"))
    assert.is_true(browser:eval("document.querySelector('[data-action=again]').disabled"))
  end)

  it("finds by number, sender, text and state", function()
    local first = send { message = "Äpfel" }
    local second = send { to = "37069912346", from = "Bank", testMode = "2" }
    browser:await("document.querySelectorAll('.badge.undelivered').length === 1")
    local function found(words)
      browser:write("#query", words)
      return browser:await("document.getElementById('count').textContent.startsWith('1 of')") and
        browser:eval("document.querySelector('.row').id")
    end
    assert.equal("m-" .. second, found("+370 699 12346"))
    assert.equal("m-" .. second, found("bank"))
    assert.equal("m-" .. first, found("äpfel"))
    browser:write("#query", "nothing like it")
    browser:await("document.getElementById('empty').innerText.includes('No message matches')")
    browser:click("#empty button")
    browser:await("document.querySelectorAll('.row').length === 2")
    browser:eval("(document.getElementById('state').value = 'undelivered', "
      .. "document.getElementById('state').dispatchEvent(new Event('change')))")
    assert.equal("m-" .. second, browser:eval("document.querySelector('.row').id"))
  end)

  it("delivers and fails a message, and the callback handler is told of both", function()
    local listener = process.start({ "luajit", "bin/vertexsms", "listen", "--port", "0", "--json" }, { limit = LIMIT })
    local url = listener:expect("listening on (%S+)")
    inbox:call("PUT", "/_simulator/settings", { paused = true })
    browser:await("document.getElementById('pause').textContent === 'Resume reports'")
    local id = send { dlrUrl = url }
    open(id)
    browser:eval("document.getElementById('fail-code').value = '21'")
    browser:click("[data-action=fail]")
    browser:await(row(id) .. ".innerText.includes('undelivered')")
    local report = cjson.decode((listener:expect("^({.*})$")))
    assert.same({ id, "undelivered", 21 }, { report.id, report.state, report.error })
    browser:click("[data-action=deliver]")
    report = cjson.decode((listener:expect("^({.*})$")))
    assert.same({ id, "delivered" }, { report.id, report.state })
    browser:await("document.querySelectorAll('.life li.ok').length === 2")
    assert.matches("Report “delivered” try 1: 200 OK after .- ms", browser:text(".life"))
    assert.matches("Not delivered, error 21: blocked by a filter – by hand", browser:text(".life"), 1, true)
    listener:stop()
  end)

  it("keeps text text", function()
    local id = send { message = HOSTILE, from = "Evil" }
    open(id)
    local shown = browser:eval("Array.from(document.querySelectorAll('blockquote'), (e) => e.textContent).join('')")
    assert.equal((HOSTILE:gsub("\226\128\174", "U+202E")), shown)
    assert.equal(0, browser:eval("document.querySelectorAll('main script, main img').length"))
    browser:click("a[data-view=requests]")
    browser:click(".request summary")
    browser:await("document.querySelector('.request[open] pre').textContent.includes('onerror')")
    assert.equal(cjson.null, browser:eval("window.isPwned ?? null"))
  end)

  it("is quick with 10000 messages, and has few rows of them", function()
    local messages = {}
    for i = 1, 500 do
      messages[i] = { to = ("3706%07d"):format(i), from = "MyShop", message = "Your code is " .. 1000 + i }
    end
    for _ = 1, 20 do
      inbox.simulator:call("POST", "/sms", messages)
      for _ = 1, 500 do inbox.simulator:line() end -- a pipe that is not read would fill up and stop it
    end
    browser:await("document.getElementById('count').textContent === '10000 messages'", 30)
    assert.is_true(browser:eval("document.querySelectorAll('.row').length") < 60)
    local last = inbox:messages("limit=1")[1].id
    browser:await(row(last))
    local milliseconds = browser:eval([[(() => {
      const began = performance.now();
      document.getElementById("list").scrollTop = 1e9;
      document.getElementById("query").value = "code is 1250";
      document.getElementById("query").dispatchEvent(new Event("input"));
      document.body.offsetHeight;
      return performance.now() - began;
    })()]])
    assert.equal("20 of 10000 messages", browser:text("#count"))
    assert.is_true(milliseconds < 500, tostring(milliseconds))
    browser:open("about:blank")
    browser:open(inbox.url .. "/")
    browser:await("document.getElementById('count').textContent === '10000 messages'", 30)
    browser:await(row(send()) .. " && document.getElementById('count').textContent === '10000 messages'")
  end)

  it("can be used with the keyboard alone", function()
    local first, second = send(), send()
    browser:await(row(first) .. " && " .. row(second) .. ".innerText.includes('delivered')")
    browser:press("/", "c", "o", "d", "e", "tab", "tab", "down", "down")
    assert.equal("list", browser:eval("document.activeElement.id"))
    assert.equal("m-" .. first, browser:eval("document.getElementById('list').getAttribute('aria-activedescendant')"))
    browser:press("home", "enter")
    browser:await(("document.querySelector('#detail .facts')?.innerText.includes('%s')"):format(second))
    for _ = 1, 20 do
      browser:press("tab")
      if browser:eval("document.activeElement.dataset.action === 'expire'") then break end
    end
    browser:press("enter")
    browser:await(row(second) .. ".innerText.includes('expired')")
    browser:await("document.activeElement.dataset.action === 'expire'") -- the focus has not been lost
    browser:press("/", "escape")
    assert.equal("", browser:eval("document.getElementById('query').value"))
  end)

  it("switches faults on and off, and warns of them", function()
    browser:click("a[data-view=failures]")
    browser:click("#fault-status")
    browser:await("document.getElementById('notices').innerText.includes('All requests fail on purpose: status=503')")
    assert.equal(503, (inbox.simulator:call("POST", "/sms", {})))
    browser:click("#faults-on button")
    browser:await("document.getElementById('faults-on') === null && !document.getElementById('fault-status').checked")
    assert.equal(400, (inbox.simulator:call("POST", "/sms", {})))
    browser:click("a[data-view=requests]")
    browser:await("document.getElementById('view-requests').innerText.includes('fault status=503')")
  end)

  it("shows lookups, PINs and prices", function()
    inbox.simulator:call("POST", "/hlr", { msisdn = "37069912340" })
    inbox.simulator:call("POST", "/senderId", { name = "37069555555", type = "MSISDN" })
    local _, answer = inbox:call("GET", "/_simulator/senders")
    browser:click("a[data-view=lookups]")
    browser:await("document.getElementById('view-lookups').innerText.includes('error 40: subscriber unknown')")
    assert.matches(answer.senders[1].pin, browser:text("#view-lookups"), 1, true)
    browser:click("a[data-view=prices]")
    browser:write("#country", "lithua")
    assert.matches("BITE%s+246%s+02 021%s+0.035", browser:text("#view-prices table"))
  end)

  it("forgets everything when it is asked to, and asked again", function()
    send()
    browser:await("document.querySelectorAll('.row').length === 1")
    browser:click("#clear")
    browser:click("#ask button[value=no]")
    assert.equal(1, #(inbox:messages()))
    browser:click("#clear")
    browser:click("#ask button[value=yes]")
    browser:await("document.getElementById('empty').innerText.includes('No message yet')")
    assert.same({}, (inbox:messages()))
  end)

  it("fits 360 pixels, is light or dark, and has a name for all that can be used", function()
    local id = send { message = ("wide"):rep(60), dlrUrl = "http://127.0.0.1:1/" .. ("x"):rep(200) }
    browser:emulate(360, 740)
    open(id)
    for _, view in ipairs { "", "requests", "lookups", "prices", "failures" } do
      if view ~= "" then browser:click("a[data-view=" .. view .. "]") end
      browser:await("document.querySelector('main > section:not([hidden])').childElementCount > 0")
      assert.equal(360, browser:eval("document.documentElement.scrollWidth"), view)
    end
    browser:emulate()
    local grounds = {}
    for _, scheme in ipairs { "light", "dark" } do
      browser:prefer(scheme)
      grounds[scheme] = browser:eval("getComputedStyle(document.body).backgroundColor")
    end
    browser:prefer("light")
    assert.not_equal(grounds.light, grounds.dark)
    browser:click("a[data-view=messages]")
    open(id)
    local roles = { button = true, link = true, textbox = true, searchbox = true, combobox = true, checkbox = true,
      listbox = true, option = true, spinbutton = true }
    local count = 0
    browser:devtools("Accessibility.enable", { x = 1 })
    for _, node in ipairs(browser:devtools("Accessibility.getFullAXTree", { depth = 50 }).nodes) do
      local role = node.role and node.role.value
      if roles[role] and not node.ignored then
        count = count + 1
        assert.is_true(#(node.name and node.name.value or "") > 0, role)
      end
    end
    assert.is_true(count > 15)
  end)

  it("is not read or steered by a foreign page, nor by a name that was rebound", function()
    local id = send()
    browser:await(row(id) .. " && " .. row(id) .. ".innerText.includes('delivered')")
    browser:open("about:blank")
    local attempts = [=[(async () => {
      const results = [];
      for (const [method, path] of [["GET", "messages"], ["POST", "messages/%s/fail"], ["DELETE", "messages"]]) {
        for (const mode of ["cors", "no-cors"]) {
          try {
            const answer = await fetch("%s/_simulator/" + path, { method, mode });
            results.push(answer.type === "opaque" ? "opaque" : String(answer.status));
          } catch { results.push("failed"); }
        }
      }
      return results.join(" ");
    })()]=]
    assert.equal("failed failed failed failed failed failed", browser:eval(attempts:format(id, inbox.url)))
    local rebound = "http://evil.example:" .. inbox.url:match("%d+$")
    browser:open(rebound .. "/")
    assert.matches("not served under the name", browser:text("body"), 1, true)
    assert.equal("403 403 403 403 403 failed", browser:eval(attempts:format(id, rebound)))
    assert.equal("delivered", inbox:message(id).state)
    browser:complaints()
  end)

  it("says that the simulator is gone, and goes on when it is back", function()
    local other = inboxes.start({}, nil, LIMIT)
    browser:open(other.url .. "/")
    browser:await("document.getElementById('live').dataset.state === 'live'")
    other.simulator:stop()
    browser:await("document.getElementById('live-text').textContent.includes('does not answer')")
    local again = inboxes.start({ "--port", other.url:match("%d+$") }, nil, LIMIT)
    again:send()
    browser:await("document.querySelectorAll('.row').length === 1")
    again.simulator:stop()
    browser:complaints()
  end)

  it("works behind its token", function()
    local guarded = inboxes.start({}, { VERTEXSMS_SIMULATOR_TOKEN = "token-of-the-spec" }, LIMIT)
    browser:open((guarded.url:gsub("//", "//x:token-of-the-spec@")) .. "/")
    guarded:send()
    browser:await("document.querySelectorAll('.row').length === 1")
    guarded.simulator:stop()
    browser:complaints()
  end)
end)
