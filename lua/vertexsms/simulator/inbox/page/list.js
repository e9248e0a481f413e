// The list of messages: all of them in memory, and as many rows in the page as there is room for.

import { byId, h, plural, tell, time } from "/_simulator/page/dom.js";

const ROW = 64; // pixels, as in inbox.css
const AROUND = 6; // rows above and below what is seen
const TEXT_MAX = 200;

const number = (id) => Number(id);

export class List {
  constructor(onSelect) {
    this.onSelect = onSelect;
    this.all = []; // in the order of their IDs
    this.known = new Map();
    this.visible = []; // newest first
    this.selected = null;
    this.elements = new Map();
    this.box = byId("list");
    this.rows = byId("rows");
    this.box.addEventListener("scroll", () => this.draw());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.draw()).observe(this.box);
    byId("query").addEventListener("input", () => this.filter(true));
    byId("state").addEventListener("change", () => this.filter(true));
    byId("search").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.visible[0]) this.select(this.visible[0].id, true);
    });
  }

  /** All messages, as the simulator lists them. */
  load(messages) {
    this.all = messages.slice().reverse();
    this.known = new Map(this.all.map((message) => [message.id, message]));
    if (this.selected && !this.known.has(this.selected)) this.select(null);
    this.filter();
  }

  /** Messages that are new or have changed. */
  merge(messages) {
    let news = 0;
    for (const message of messages) {
      if (this.known.has(message.id)) this.replace(message);
      else news += this.insert(message);
    }
    this.changed = true;
    if (news) tell(news === 1 ? `New message to ${messages.at(-1).to}` : `${news} new messages`);
    if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = null; this.filter(); });
  }

  place(id) {
    let low = 0, high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (number(this.all[middle].id) < number(id)) low = middle + 1; else high = middle;
    }
    return low;
  }

  replace(message) {
    this.all[this.place(message.id)] = message;
    this.known.set(message.id, message);
  }

  insert(message) {
    this.known.set(message.id, message);
    const last = this.all.at(-1);
    if (!last || number(last.id) < number(message.id)) this.all.push(message);
    else this.all.splice(this.place(message.id), 0, message);
    return 1;
  }

  /** The simulator has forgotten those before this one. */
  forget(oldest) {
    const count = this.place(oldest);
    if (count === 0) return;
    for (const message of this.all.splice(0, count)) this.known.delete(message.id);
    this.filter();
  }

  filter(isAsked) {
    const words = byId("query").value.trim().toLowerCase(), state = byId("state").value;
    const digits = /^[+\d\s()-]+$/.test(words) ? words.replace(/\D/g, "") : "";
    const before = this.visible[0];
    const matches = (message) => (!state || message.state === state) && (!words
      || message.to.includes(digits || words) || message.id.includes(digits || words)
      || message.from.toLowerCase().includes(words) || message.text.toLowerCase().includes(words));
    const found = [];
    for (let i = this.all.length - 1; i >= 0; i--) if (matches(this.all[i])) found.push(this.all[i]);
    this.visible = found;
    if (isAsked) {
      this.box.scrollTop = 0;
      tell(plural(found.length, "message"));
    } else this.keepPlace(before);
    this.rows.style.height = `${found.length * ROW}px`;
    this.count(words || state);
    this.draw();
  }

  // Who has scrolled down goes on looking at the same rows while others come in above.
  keepPlace(before) {
    if (!before || this.box.scrollTop === 0) return;
    const added = this.visible.findIndex((message) => message.id === before.id);
    if (added <= 0) return;
    this.rows.style.height = `${this.visible.length * ROW}px`;
    this.box.scrollTop += added * ROW;
  }

  count(isFiltered) {
    const total = this.all.length;
    byId("count").textContent = isFiltered ? `${this.visible.length} of ${plural(total, "message")}`
      : plural(total, "message");
    document.title = `${plural(total, "message")} – VertexSMS simulator`;
    this.box.hidden = this.visible.length === 0;
    byId("empty").hidden = this.visible.length > 0;
    this.onCount(total, isFiltered);
  }

  /** Draws the rows that are seen. */
  draw() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - AROUND);
    const last = Math.min(this.visible.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / ROW) + AROUND);
    const left = new Map(this.elements);
    for (let i = first; i < last; i++) {
      const message = this.visible[i];
      let element = left.get(message.id);
      left.delete(message.id);
      if (!element) {
        element = h("div", { class: "row", role: "option", id: "m-" + message.id,
          onclick: () => this.select(message.id, true) });
        this.elements.set(message.id, element);
        this.rows.append(element);
      }
      if (element.message !== message) fill(element, message);
      place(element, i, this.visible.length, message.id === this.selected);
    }
    for (const [id, element] of left) {
      element.remove();
      this.elements.delete(id);
    }
    const active = this.selected && this.elements.has(this.selected) ? "m-" + this.selected : "";
    if (active) this.box.setAttribute("aria-activedescendant", active);
    else this.box.removeAttribute("aria-activedescendant");
  }

  select(id, isOpened) {
    this.selected = id;
    this.draw();
    this.onSelect(id, isOpened);
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const at = this.visible.findIndex((message) => message.id === this.selected);
    const last = this.visible.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, Home: 0, End: last, PageDown: at + page,
      PageUp: at - page }[event.key];
    if (event.key === "Enter" && at >= 0) this.select(this.selected, true);
    else if (to === undefined) return;
    else this.moveTo(Math.min(last, Math.max(0, to)));
    event.preventDefault();
  }

  moveTo(index) {
    const message = this.visible[index];
    if (!message) return;
    const top = index * ROW;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + ROW > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = top + ROW - this.box.clientHeight;
    }
    this.select(message.id, false);
  }
}

const ENCODINGS = { gsm7: "GSM-7", ucs2: "UCS-2", "8bit": "8-bit", viber: "Viber" };

function fill(element, message) {
  element.message = message;
  const size = message.type === "Viber" ? "Viber"
    : `${ENCODINGS[message.encoding]}, ${plural(message.parts, "part")}`;
  const report = { failing: "report fails", "given up": "report given up" }[message.report];
  element.replaceChildren(
    h("span", { class: "to" }, message.to),
    h("span", { class: "badge " + message.state }, message.state),
    h("time", { datetime: message.accepted, title: message.accepted }, time(message.accepted)),
    h("span", { class: "text" }, h("b", {}, message.from), " ", h("bdi", {}, message.text.slice(0, TEXT_MAX))),
    h("span", { class: "size" }, report ? h("em", {}, report) : size));
}

function place(element, index, count, isSelected) {
  element.style.transform = `translateY(${index * ROW}px)`;
  element.setAttribute("aria-posinset", index + 1);
  element.setAttribute("aria-setsize", count);
  element.setAttribute("aria-selected", isSelected);
}
