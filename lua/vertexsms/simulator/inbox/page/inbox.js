// The page: which view is seen, and what each is told.

import { ask, attempt } from "/_simulator/page/api.js";
import { byId, copyButton, h, plural } from "/_simulator/page/dom.js";
import { Detail } from "/_simulator/page/detail.js";
import { Feed } from "/_simulator/page/feed.js";
import { List } from "/_simulator/page/list.js";
import { showLookups, showPrices, showRequests } from "/_simulator/page/tables.js";
import { showSettings, togglePause } from "/_simulator/page/failures.js";

const MESSAGES_MAX = 10000;
const SOON = 150; // milliseconds

const VIEWS = { messages() {}, requests: showRequests, lookups: showLookups, prices: showPrices, failures: showSettings };

let view = "messages";

// The address has the view, or the message that is open: #messages, #1281532560.
function readAddress() {
  const name = location.hash.slice(1);
  const id = /^\d+$/.test(name) ? name : null;
  if (!id) document.body.classList.remove("opened");
  show(id ? "messages" : VIEWS[name] ? name : "messages");
  return id;
}

function show(name) {
  view = name;
  for (const each of Object.keys(VIEWS)) byId("view-" + each).hidden = each !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name === "messages") list.draw();
  VIEWS[name]();
}

const detail = new Detail(back);
const list = new List((id, isOpened) => {
  document.body.classList.toggle("opened", Boolean(id) && isOpened);
  if (!id) return detail.close();
  history.replaceState(null, "", "#" + id);
  soon("detail", () => detail.open(id), isOpened ? 0 : SOON);
  if (isOpened) requestAnimationFrame(() => { if (matchMedia("(max-width: 800px)").matches) byId("detail").focus(); });
});

function back() {
  document.body.classList.remove("opened");
  history.replaceState(null, "", "#messages");
  byId("list").focus();
}

const timers = {};

// What is asked for many times is done once.
function soon(name, work, milliseconds = SOON) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(work, milliseconds);
}

list.onCount = (total, isFiltered) => {
  const key = total === 0 ? "none" : isFiltered ? "filtered" : "some";
  const box = byId("empty");
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...(key === "none" ? welcome() : key === "filtered" ? noMatch() : []));
};

function welcome() {
  const command = `curl ${location.origin}/sms -H 'X-VertexSMS-Token: any' -H 'Content-Type: application/json' \\\n`
    + `  -d '{"to":"37069912345","from":"MyShop","message":"Your code is 4815"}'`;
  return [h("h2", {}, "No message yet"),
    h("p", {}, "Messages appear here as they are sent. Point your client at this simulator:"),
    h("pre", { tabIndex: 0 }, `export VERTEXSMS_BASE_URL=${location.origin} VERTEXSMS_TOKEN=any`),
    h("p", {}, "or try it at once: ", copyButton(command, "Copy the command")), h("pre", { tabIndex: 0 }, command)];
}

function noMatch() {
  return [h("h2", {}, "No message matches"), h("p", {}, h("button", { type: "button", onclick: clearSearch },
    "Clear the search"))];
}

function clearSearch() {
  byId("query").value = "";
  byId("state").value = "";
  list.filter(true);
  byId("query").focus();
}

async function load() {
  const answer = await attempt(() => ask("GET", "messages?limit=" + MESSAGES_MAX));
  if (!answer) return setTimeout(load, 2000);
  list.load(answer.messages);
  feed.start(answer.revision);
  detail.refresh();
}

const counts = {};

// What else has changed, and where it is seen.
const ON_CHANGE = {
  settings: () => soon("settings", showSettings),
  requests: () => view === "requests" && soon("requests", showRequests),
  lookups: () => view === "lookups" && soon("lookups", showLookups),
  senders: () => view === "lookups" && soon("lookups", showLookups),
  oldest: (id) => list.forget(id),
};

const feed = new Feed({
  messages(rows) {
    list.merge(rows);
    if (rows.some((row) => row.id === detail.id)) soon("refresh", () => detail.refresh());
  },
  changed(now) {
    for (const [name, value] of Object.entries(now)) {
      if (counts[name] !== value) ON_CHANGE[name]?.(value);
      counts[name] = value;
    }
  },
  reset: load,
});

byId("pause").addEventListener("click", togglePause);

byId("clear").addEventListener("click", () => {
  byId("ask-text").textContent = `${plural(list.all.length, "message")}, and all requests, lookups and senders.`;
  byId("ask").returnValue = "no";
  byId("ask").showModal();
});

byId("ask").addEventListener("close", () => {
  if (byId("ask").returnValue === "yes") attempt(() => ask("DELETE", "messages"));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.closest("input, select, textarea, dialog");
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    location.hash = "#messages";
    show("messages");
    byId("query").focus();
  } else if (event.key === "Escape" && event.target === byId("query")) {
    clearSearch();
  } else if (event.key === "Escape" && !isTyping && document.body.classList.contains("opened")) {
    back();
  }
});

window.addEventListener("hashchange", () => {
  const id = readAddress();
  if (id && id !== list.selected) list.select(id, true);
});

const first = readAddress();
await attempt(() => detail.loadCodes());
await load();
await showSettings();
if (first) list.select(first, true);
