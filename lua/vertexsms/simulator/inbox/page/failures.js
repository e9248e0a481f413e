// What goes wrong on purpose, and how reports go out.

import { ask, attempt } from "/_simulator/page/api.js";
import { byId, h } from "/_simulator/page/dom.js";

const FAULTS = [
  { name: "status", value: "503", label: "Answer with status", hint: "not taken; what a client sees is what the status means",
    attributes: { type: "number", min: 200, max: 599 } },
  { name: "delay", value: "5", label: "Answer late, by seconds", hint: "taken; a client that gives up does not know",
    attributes: { type: "number", min: 0, max: 3600, step: "any" } },
  { name: "drop", label: "Take it, then close the connection", hint: "the outcome is unknown; the report comes all the same" },
  { name: "drop=early", label: "Close the connection at once", hint: "the outcome is unknown; no report ever comes" },
  { name: "malformed", label: "Take it, then answer with broken JSON", hint: "200, and a body that is cut" },
];

let inputs = null;

const put = (changes) => attempt(() => ask("PUT", "settings", changes));

function chosen() {
  return FAULTS.filter(({ name }) => inputs[name].checked)
    .map(({ name, value }) => (value ? `${name}=${inputs[name + "-value"].value || value}` : name));
}

function faultRow(fault) {
  const id = "fault-" + fault.name.replace("=", "-");
  const change = () => put({ faults: chosen() });
  inputs[fault.name] = h("input", { type: "checkbox", id, onchange: change });
  if (fault.value) {
    inputs[fault.name + "-value"] = h("input", { ...fault.attributes, value: fault.value, class: "short",
      "aria-label": fault.label, onchange: () => inputs[fault.name].checked && change() });
  }
  return h("div", { class: "setting" }, inputs[fault.name], h("label", { for: id }, fault.label),
    fault.value && inputs[fault.name + "-value"], h("small", {}, fault.hint));
}

function reportRow(name, label, hint) {
  const id = "report-" + name;
  inputs[name] = h("input", { type: "checkbox", id, onchange: () => put({ [name]: inputs[name].checked }) });
  return h("div", { class: "setting" }, inputs[name], h("label", { for: id }, label), h("small", {}, hint));
}

function numberRow(name, label, hint, attributes, factor) {
  const id = "number-" + name;
  inputs[name] = h("input", { type: "number", id, class: "short", ...attributes,
    onchange: () => put({ [name]: Number(inputs[name].value) / factor }) });
  return h("div", { class: "setting" }, h("label", { for: id }, label), inputs[name], h("small", {}, hint));
}

function build() {
  inputs = {};
  byId("view-failures").replaceChildren(
    h("h2", { id: "failures-title" }, "Failures"),
    h("p", { class: "hint" }, "They hold from the next request on, for every client of this simulator."),
    h("fieldset", {}, h("legend", {}, "Requests"), FAULTS.map(faultRow),
      numberRow("fault_rate", "Share of requests that fail, in %", "each gets one of the faults above",
        { min: 0, max: 100, step: "any" }, 100)),
    h("fieldset", {}, h("legend", {}, "Reports"),
      reportRow("paused", "Pause reports", "messages stay sent until you steer them or go on"),
      reportRow("duplicate", "Send each twice", "handlers must not count it twice"),
      reportRow("reorder", "Let every two change places", "one that is alone waits a second"),
      numberRow("late", "Late by seconds", "the status is final before", { min: 0, max: 3600, step: "any" }, 1)));
}

function set(input, property, value) {
  if (document.activeElement !== input || property === "checked") input[property] = value;
}

function fill(settings) {
  for (const fault of FAULTS) {
    const current = settings.faults.find((text) => (fault.value ? text.startsWith(fault.name + "=") : text === fault.name));
    set(inputs[fault.name], "checked", current !== undefined);
    if (current && fault.value) set(inputs[fault.name + "-value"], "value", current.slice(fault.name.length + 1));
  }
  for (const name of ["paused", "duplicate", "reorder"]) set(inputs[name], "checked", settings[name]);
  set(inputs.fault_rate, "value", Math.round(settings.fault_rate * 10000) / 100);
  set(inputs.late, "value", settings.late);
}

// Nothing is as puzzling as a fault that was switched on yesterday.
function warn(settings) {
  byId("faults-on")?.remove();
  if (settings.faults.length === 0 || settings.fault_rate === 0) return;
  const share = settings.fault_rate < 1 ? `${Math.round(settings.fault_rate * 10000) / 100} % of the requests` : "All requests";
  byId("notices").append(h("p", { class: "notice", id: "faults-on" }, `${share} fail on purpose: ${settings.faults.join(", ")}`,
    h("button", { type: "button", class: "small", onclick: () => put({ faults: [] }) }, "Switch off")));
}

/** Shows the settings wherever they are seen. */
export async function showSettings() {
  const settings = await attempt(() => ask("GET", "settings"));
  if (!settings) return;
  if (!inputs) build();
  fill(settings);
  warn(settings);
  const pause = byId("pause");
  pause.setAttribute("aria-pressed", settings.paused);
  pause.textContent = settings.paused ? "Resume reports" : "Pause reports";
}

export function togglePause() {
  return put({ paused: byId("pause").getAttribute("aria-pressed") !== "true" });
}
