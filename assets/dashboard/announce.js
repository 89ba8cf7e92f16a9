// What screen readers are told without being asked: the statement when its kind changes, and what an action led to.

import { at, write } from "./dom.js";

let lastKind = null;

/** Tells a text, unless what was told last is of the same kind. */
export function announce(text, kind = null) {
  if (kind !== null && kind === lastKind) return;
  if (kind !== null) lastKind = kind;
  write(at("announcement"), text);
}
