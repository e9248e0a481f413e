// What changes, as it changes: server-sent events. A hidden page does not listen, since browsers allow few connections
// to one server; it catches up when it is looked at again.

import { byId } from "/_simulator/page/dom.js";

const RETRY = 2000;

const WORDS = { live: "live", connecting: "connecting", gone: "the simulator does not answer, trying again" };

export class Feed {
  /** handlers: messages(rows), reset(), changed(counts) */
  constructor(handlers) {
    this.handlers = handlers;
    this.position = null;
    this.source = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
  }

  /** From this revision on. */
  start(position) {
    this.position = position;
    this.close();
    if (!document.hidden) this.open();
  }

  open() {
    if (this.source || this.position === null) return;
    this.show("connecting");
    const source = new EventSource(`${location.origin}/_simulator/events?since=${encodeURIComponent(this.position)}`);
    this.source = source;
    source.onopen = () => this.show("live");
    source.onerror = () => this.fail(source);
    for (const name of ["messages", "changed", "reset"]) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.position = event.lastEventId;
        this.handlers[name](JSON.parse(event.data));
      });
    }
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  fail(source) {
    this.show("gone");
    if (source !== this.source) return;
    this.close();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!document.hidden) this.open(); }, RETRY);
  }

  show(state) {
    byId("live").dataset.state = state;
    byId("live-text").textContent = WORDS[state];
  }
}
