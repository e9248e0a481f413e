// Requests, lookups and senders, prices.

import { ask, attempt } from "/_simulator/page/api.js";
import { block, byId, copyButton, duration, h, plural, time } from "/_simulator/page/dom.js";

const REQUESTS = 200;

function table(caption, titles, rows, none) {
  if (rows.length === 0) return h("p", { class: "hint" }, none);
  return h("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": caption }, h("table", {},
    h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell === null ? "" : cell)))))));
}

const when = (iso) => h("time", { datetime: iso, title: iso }, time(iso));

function summaryOf(request) {
  if (request.dropped) return "the connection was closed";
  if (request.status === null) return "not answered yet";
  if (request.status < 300) return request.amount_sent ? plural(Number(request.amount_sent), "part") : "";
  try {
    return JSON.parse(request.answer).message || "";
  } catch {
    return "";
  }
}

function requestOf(request, isOpen) {
  const kind = request.status !== null && request.status < 300 && !request.dropped ? "good" : "bad";
  const details = h("details", { class: "request", open: isOpen, "data-id": request.id },
    h("summary", {}, when(request.at),
      h("b", {}, h("bdi", {}, `${request.method} ${request.path}`)),
      h("span", { class: kind }, request.dropped ? "closed" : String(request.status ?? "…")),
      h("span", { class: "text" }, summaryOf(request)),
      request.fault && h("span", { class: "badge undelivered" }, "fault " + request.fault)),
    h("p", { class: "hint" }, [request.seconds !== null && `after ${duration(request.seconds)}`,
      request.has_token ? "with a token" : "without X-VertexSMS-Token", request.query && `query ${request.query}`,
      request.agent].filter(Boolean).join(", ")),
    request.body && block("Sent", request.body), request.answer && block("Answered", request.answer));
  return details;
}

export async function showRequests() {
  const box = byId("view-requests");
  const answer = await attempt(() => ask("GET", "requests?limit=" + REQUESTS));
  if (!answer) return;
  const open = new Set([...box.querySelectorAll("details[open]")].map((details) => details.dataset.id));
  const focused = document.activeElement?.closest?.("details.request")?.dataset.id;
  box.replaceChildren(h("h2", { id: "requests-title" }, "Requests"),
    h("p", { class: "hint" }, `What came in, newest first, refused ones too: the last ${REQUESTS}.`),
    answer.requests.length === 0
      ? h("p", { class: "hint" }, `Nothing has come in yet. Point your client at ${location.origin}.`)
      : h("div", {}, answer.requests.map((request) => requestOf(request, open.has(request.id)))));
  if (focused) box.querySelector(`details[data-id="${CSS.escape(focused)}"] summary`)?.focus();
}

export async function showLookups() {
  const answers = await attempt(() => Promise.all([ask("GET", "lookups"), ask("GET", "senders")]));
  if (!answers) return;
  const [{ lookups }, { senders }] = answers;
  byId("view-lookups").replaceChildren(
    h("h2", {}, "HLR lookups"),
    table("HLR lookups", ["Time", "ID", "Number", "Result", "Operator", "Ported", "Callback"], lookups.map((lookup) => [
      when(lookup.at), lookup.id, lookup.msisdn, lookup.error ? `error ${lookup.error}: ${lookup.reason}` : "found",
      lookup.operator ? `${lookup.operator}, ${lookup.country}` : "", lookup.ported ? "yes" : "", lookup.callback,
    ]), "No number has been looked up: POST /hlr, or client:hlr. Numbers that end in 40, 41, 43, 51 or 53 fail."),
    h("h2", {}, "Senders"),
    table("Senders", ["Time", "ID", "Name", "Type", "PIN", "Notification"], senders.map((sender) => [
      when(sender.at), sender.id, sender.name, sender.type,
      sender.pin ? h("span", {}, h("strong", {}, sender.pin), " ", copyButton(sender.pin, "Copy the PIN")) : sender.confirmed ? "confirmed" : "",
      sender.callback,
    ]), "No sender has been registered: POST /senderId, or client:register_sender. A number's PIN is shown here."));
}

function priceRows(countries, words) {
  const rows = [];
  for (const country of countries) {
    const text = `${country.code} ${country.name} +${country.prefix}`.toLowerCase();
    if (words && !text.includes(words)) continue;
    const name = h("span", {}, country.name, " ", h("small", {}, country.code));
    for (const network of country.networks) {
      rows.push([name.cloneNode(true), "+" + country.prefix, network.name, country.mcc, network.mnc.join(" "), network.rate]);
    }
    if (country.rate || country.networks.length === 0) {
      rows.push([name, "+" + country.prefix, country.networks.length ? "all others" : "all", country.mcc, "",
        country.rate || "no route"]);
    }
  }
  return rows;
}

export async function showPrices() {
  const box = byId("view-prices");
  if (box.childElementCount > 0) return;
  const answer = await attempt(() => ask("GET", "networks"));
  if (!answer) return;
  const list = h("div", {});
  const draw = (words) => list.replaceChildren(table("Prices", ["Country", "Prefix", "Network", "MCC", "MNC",
    `${answer.currency} a part`], priceRows(answer.countries, words), "No country matches."));
  const input = h("input", { type: "search", id: "country", placeholder: "Country, code or prefix",
    oninput: () => draw(input.value.trim().toLowerCase()) });
  box.replaceChildren(h("h2", { id: "prices-title" }, "Prices"),
    h("p", { class: "hint" }, "Made up. POST /sms/cost, GET /rates and GET /mccmnc answer with them."),
    h("p", {}, h("label", { class: "hidden", for: "country" }, "Country, code or prefix"), input), list);
  draw("");
}
