// The simulator's own interface.

import { byId, h } from "/_simulator/page/dom.js";

/** An answer that is not 2xx, with the simulator's words; or no answer. */
export class Refusal extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

export async function ask(method, path, body) {
  let response;
  try {
    // The address of the page may have the token in it, which fetch does not take.
    response = await fetch(`${location.origin}/_simulator/${path}`, {
      method, body: body && JSON.stringify(body), headers: body ? { "Content-Type": "application/json" } : {},
    });
  } catch {
    throw new Refusal("The simulator does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer.message || `The simulator answered ${response.status}.`, response.status);
  return answer;
}

let latest = null;

/** Shows what went wrong, until something works or it is dismissed. */
export function complain(error) {
  dismiss();
  latest = h("p", { class: "notice bad", role: "alert" }, error.message,
    h("button", { type: "button", class: "small", onclick: dismiss }, "Dismiss"));
  byId("notices").append(latest);
}

export function dismiss() {
  latest?.remove();
  latest = null;
}

/** Does something of the user's, and says when it did not work. */
export async function attempt(work) {
  try {
    const result = await work();
    dismiss();
    return result;
  } catch (error) {
    complain(error);
    return undefined;
  }
}
