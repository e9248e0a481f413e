// A text as a telephone shows it, cut into its parts, with what made it UCS-2.

import { h, plural } from "/_simulator/page/dom.js";

const PARTS_MAX = 20;

// What cannot be seen, or turns its surroundings around: shown by its number.
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\u00A0\u2000-\u200A\u202F\u205F\u3000]/u;

const codeOf = (character) => "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

/** The text in pieces: runs of what is plain, and each character that is not. */
function piecesOf(text, culprits) {
  const pieces = [];
  let run = "";
  const flush = () => { if (run) pieces.push(run); run = ""; };
  for (const character of text) {
    const isHidden = character !== "\n" && INVISIBLE.test(character);
    if (!culprits.has(character) && !isHidden) { run += character; continue; }
    flush();
    const label = isHidden ? codeOf(character) : character;
    pieces.push(culprits.has(character)
      ? h("mark", { title: `${codeOf(character)} is not in the GSM alphabet` }, label)
      : h("span", { class: "invisible", title: codeOf(character) }, label));
  }
  flush();
  return pieces;
}

function bubble(part, index, count, culprits, unit) {
  const room = part.units_max ? `${part.units} of ${part.units_max}` : `${part.units}`;
  const name = count > 1 ? `Part ${index + 1} of ${count}` : "One part";
  return h("figure", {}, h("blockquote", { dir: "auto" }, piecesOf(part.text, culprits)),
    h("figcaption", {}, `${name}, ${room} ${unit}`));
}

function explain(culprits, message) {
  const list = culprits.slice(0, 12).map(({ character, code, count }) =>
    h("li", {}, h("mark", {}, INVISIBLE.test(character) ? code : character), ` ${code}`, count > 1 ? ` × ${count}` : ""));
  const room = message.encoding === "ucs2" && message.parts > 0
    ? "A text with any of these is sent as UCS-2, and 70 rather than 160 fit one part:"
    : "Not in the GSM alphabet:";
  return [h("p", {}, room), h("ul", { class: "culprits" }, list,
    culprits.length > list.length && h("li", {}, `and ${culprits.length - list.length} more`))];
}

export function phone(message) {
  const culprits = new Set(message.not_gsm.map(({ character }) => character));
  const unit = { gsm7: "septets", ucs2: "UTF-16 units", "8bit": "octets", viber: "characters" }[message.encoding];
  const parts = message.part_list.slice(0, PARTS_MAX);
  const bubbles = parts.map((part, i) => bubble(part, i, message.part_list.length, culprits, unit));
  const left = message.part_list.length - parts.length;
  return [
    h("div", { class: "screen" }, h("p", { class: "sender" }, message.from), bubbles,
      left > 0 && h("p", { class: "hint" }, `and ${plural(left, "more part", "more parts")}`)),
    ...(message.not_gsm.length > 0 ? explain(message.not_gsm, message) : []),
  ];
}
