// Elements. What is not ours goes into text nodes, and nowhere else.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "tabIndex"]);

/** An element: h("p", { class: "x", onclick: f }, "text", other). */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (PROPERTIES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Says something to screen readers. */
export function tell(text) {
  byId("told").textContent = text;
}

export const plural = (count, one, many = one + "s") => `${count} ${count === 1 ? one : many}`;

const two = (number) => String(number).padStart(2, "0");

/** 14:05:01, with the date when it is not today. */
export function time(iso) {
  const date = new Date(iso);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date().toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** 3 ms, 1.25 s. */
export function duration(seconds) {
  if (seconds > 0 && seconds < 0.0005) return "under 1 ms";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  return `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`;
}

/** A button that copies, and says so. */
export function copyButton(text, name) {
  const button = h("button", { type: "button", class: "small", "aria-label": name, onclick: copy }, "Copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }
  return button;
}

// Laying out a megabyte takes browsers many seconds.
const SHOWN_MAX = 20000;

// JSON laid out; what is not JSON as it came.
function pretty(text) {
  let laidOut = text;
  try {
    laidOut = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* as it came */ }
  if (laidOut.length <= SHOWN_MAX) return laidOut;
  return `${laidOut.slice(0, SHOWN_MAX)}\n… ${laidOut.length - SHOWN_MAX} more characters: Copy has all of it`;
}

/** What was sent or answered, under a title. */
export function block(title, text) {
  if (!text) return h("div", { class: "block" }, h("h4", {}, title));
  return h("div", { class: "block" }, h("h4", {}, title), copyButton(text, "Copy: " + title),
    h("pre", { tabIndex: 0, "aria-label": title }, pretty(text)));
}
