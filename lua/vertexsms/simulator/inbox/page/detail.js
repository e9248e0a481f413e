// One message: what came, how it looks on a telephone, its life, and what can be done to it.

import { ask, attempt } from "/_simulator/page/api.js";
import { block, byId, copyButton, duration, h, plural, tell, time } from "/_simulator/page/dom.js";
import { phone } from "/_simulator/page/phone.js";

const NAMES = { gsm7: "GSM-7", ucs2: "UCS-2", "8bit": "8-bit", viber: "Viber" };
const UNITS = { gsm7: "septets", ucs2: "UTF-16 units", "8bit": "octets", viber: "characters" };

const FINAL = new Set(["delivered", "undelivered", "expired", "seen"]);

// A part of the page that is built again only when what it shows has changed, so that a selection in it lives on.
function section(name, title) {
  const body = h("div", {});
  const element = h("section", { class: name }, title && h("h3", {}, title), body);
  let shown = null;
  return {
    element,
    show(data, build) {
      const key = JSON.stringify(data);
      if (key === shown) return;
      shown = key;
      const content = build(data);
      element.hidden = !content;
      body.replaceChildren(...[content || []].flat());
    },
  };
}

// Null for one that the simulator has forgotten meanwhile.
async function find(id) {
  try {
    return await ask("GET", "messages/" + encodeURIComponent(id));
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

export class Detail {
  constructor(onBack) {
    this.box = byId("detail");
    this.onBack = onBack;
    this.codes = [];
    this.id = null;
    this.close();
  }

  /** The codes that a message can fail with. */
  async loadCodes() {
    this.codes = (await ask("GET", "codes")).codes;
  }

  close() {
    this.id = null;
    this.box.replaceChildren(h("p", { class: "hint" }, "Choose a message to see its parts, its reports and its JSON."));
    document.body.classList.remove("opened");
  }

  async open(id) {
    if (id !== this.id) {
      this.id = id;
      this.build();
    }
    await this.refresh();
  }

  async refresh() {
    const id = this.id;
    if (!id) return;
    const message = await attempt(() => find(id));
    if (id !== this.id || message === undefined) return;
    if (message) this.show(message); else this.close();
  }

  build() {
    this.sections = {
      head: section("head"), code: section("code"), phone: section("phone", "On the telephone"),
      facts: section("facts", "Facts"), life: section("life", "Life"), sent: section("sent", "Sent and answered"),
    };
    const { head, code, phone: shown, facts, life, sent } = this.sections;
    this.toolbar = this.buildToolbar();
    this.box.replaceChildren(
      h("button", { type: "button", class: "back", onclick: () => this.onBack() }, "← All messages"),
      head.element, code.element, this.toolbar, h("div", { class: "columns" },
        h("div", {}, shown.element, facts.element), h("div", {}, life.element)), sent.element);
  }

  steer(action, body) {
    return attempt(async () => {
      const row = await ask("POST", `messages/${encodeURIComponent(this.id)}/${action}`, body);
      tell(`The message is ${row.state}.`);
      await this.refresh();
    });
  }

  button(name, action, title) {
    return h("button", { type: "button", title, "data-action": action, onclick: () => this.steer(action) }, name);
  }

  buildToolbar() {
    this.failCode = h("select", { id: "fail-code", "aria-label": "Error code" }, this.codes.map(({ code, reason }) =>
      h("option", { value: code, selected: code === 43 }, `${code} ${reason}`)));
    this.seen = this.button("Seen", "seen", "Report it as seen");
    this.again = this.button("Report again", "again", "Send the last report once more");
    this.disorder = this.button("Out of order", "out-of-order", "Report how it ended, and then an earlier state");
    return h("div", { class: "toolbar", role: "group", "aria-label": "What becomes of it" },
      this.button("Deliver", "deliver", "Deliver it now, and report that"),
      h("span", { class: "pair" },
        h("button", { type: "button", "data-action": "fail", title: "Have it fail now with this code, and report that",
          onclick: () => this.steer("fail", { error: Number(this.failCode.value) }) }, "Fail"), this.failCode),
      this.button("Expire", "expire", "Have it expire now, and report that"), this.seen, this.again,
      this.disorder);
  }

  show(message) {
    const { head, code, phone: shown, facts, life, sent } = this.sections;
    this.seen.hidden = message.type !== "Viber";
    // Without dlrUrl there is nothing to report.
    this.again.disabled = !FINAL.has(message.state) || message.report === "no URL";
    this.disorder.disabled = message.report === "no URL";
    head.show([message.to, message.from, message.state, message.reason, message.id], () => headOf(message));
    code.show(message.code, () => message.code && codeOf(message.code));
    shown.show([message.part_list, message.not_gsm, message.encoding], () => phone(message));
    facts.show([message.fields, message.price, message.units, message.report, message.position], () => factsOf(message));
    life.show(message.timeline, () => lifeOf(message));
    sent.show([message.request, message.position], () => exchangeOf(message));
  }
}

function headOf(message) {
  return [
    h("h2", {}, message.to),
    h("p", {}, h("span", { class: "badge " + message.state }, message.state),
      message.reason ? ` error ${message.error}: ${message.reason}` : "", " from ", h("b", {}, message.from),
      " at ", h("time", { datetime: message.accepted, title: message.accepted }, time(message.accepted))),
  ];
}

function codeOf(code) {
  return [h("span", {}, "Code "), h("strong", {}, code), " ", copyButton(code, "Copy the code")];
}

function priceOf(message) {
  if (!message.price) return message.type === "Viber" ? "not known for Viber" : "no price is known for this number";
  const each = message.parts > 1 ? ` (${message.parts} × ${message.price_per_part})` : "";
  return `${message.price} ${message.currency}${each}, made up`;
}

function factsOf(message) {
  const rows = [
    ["ID", message.id],
    ["Type", message.type],
    ["Encoding", NAMES[message.encoding]],
    ["Size", `${message.units} ${UNITS[message.encoding]} in ${plural(message.parts, "part")}`],
    ["Price", priceOf(message)],
    ["Country", message.country ? message.country + (message.mccmnc ? `, network ${message.mccmnc}` : "") : "unknown"],
    ...Object.entries(message.fields),
    ["Reports", message.report === "no URL" ? "no dlrUrl was given: nothing is reported" : message.report],
  ];
  return h("dl", {}, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))));
}

const STEPS = {
  accepted: "Accepted", sent: "Sent", delivered: "Delivered", undelivered: "Not delivered", expired: "Expired",
  seen: "Seen", again: "Reported again",
};

function stepOf(event) {
  if (event.what !== "report") {
    const why = event.error ? `, error ${event.error}: ${event.reason}` : "";
    return [h("b", {}, STEPS[event.what] || event.what), why, event.by ? " – by hand" : ""];
  }
  const next = event.answered ? "" : event.again ? `; again in ${duration(event.again)}` : "; given up";
  return [h("b", {}, `Report “${event.state}”`), ` try ${event.attempt}: `,
    h("span", { class: event.answered ? "good" : "bad" }, event.result), ` after ${duration(event.seconds)}${next}`];
}

function lifeOf(message) {
  const start = new Date(message.timeline[0].at);
  const kind = (event) => (event.what === "report" ? (event.answered ? "ok" : "failed") : event.what);
  const steps = message.timeline.map((event) => h("li", { class: kind(event) },
    h("time", { datetime: event.at, title: event.at }, "+" + duration((new Date(event.at) - start) / 1000)),
    h("span", {}, stepOf(event))));
  return [h("ol", {}, steps), message.events_left_out > 0
    && h("p", { class: "hint" }, `${plural(message.events_left_out, "event")} in between not kept.`)].filter(Boolean);
}

// Its own part of a request that had many messages.
function bodyOf(message) {
  if (message.of === 1) return message.request.body;
  try {
    return JSON.stringify(JSON.parse(message.request.body)[message.position - 1]);
  } catch {
    return message.request.body;
  }
}

function exchangeOf(message) {
  const request = message.request;
  if (!request) return h("p", { class: "hint" }, "The request is no longer kept.");
  const where = message.of > 1 ? `, message ${message.position} of ${message.of}` : "";
  const got = request.dropped ? "nothing: the connection was closed" : `${request.status}`;
  const fault = request.fault ? `, by the fault ${request.fault}` : "";
  return [
    block(`${request.method} ${request.path}${where}`, bodyOf(message)),
    block(`Answered ${got}${fault}${request.seconds === null ? "" : ` after ${duration(request.seconds)}`}`, request.answer),
    request.agent && h("p", { class: "hint" }, "Sent by ", h("bdi", {}, request.agent)),
  ].filter(Boolean);
}
