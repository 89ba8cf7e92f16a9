// The time at the site, and elements that tell how long ago something was.

import { make } from "./dom.js";
import { countdown, duration, exact, moment } from "./words.js";

/** By how many milliseconds this machine's clock is behind the server's. */
let offset = 0;

/** Learns the server's time from the `Date` of an answer; what a second of rounding explains is no difference. */
export function learn(response) {
  const theirs = Date.parse(response.headers.get("date") ?? "");
  const difference = theirs + 500 - Date.now();
  if (Number.isFinite(difference)) offset = Math.abs(difference) > 2000 ? difference : 0;
}

/** Tells what time it is at the server. */
export const now = () => Date.now() + offset;

const FORMS = {
  at: (date) => moment(new Date(date)),
  ago: (date) => (now() - date < 2000 ? "just now" : `${duration((now() - date) / 1000)} ago`),
  since: (date) => duration(Math.max(1, (now() - date) / 1000)),
  until: (date) => countdown((date - now()) / 1000),
  in: (date) => (date <= now() ? "now" : `in ${duration((date - now()) / 1000)}`),
};

/** Makes an element that tells a moment, as a rule relatively, and keeps itself true; the exact one shows on hovering. */
export function time(instant, form = "ago") {
  const date = new Date(instant);
  const text = FORMS[form](date.getTime());
  return make("time", { datetime: date.toISOString(), title: exact(date), "data-form": form }, text);
}

const listeners = [];

/** Calls `listener` every second. */
export const everySecond = (listener) => listeners.push(listener);

function tick() {
  for (const element of document.querySelectorAll("time[data-form]")) {
    const text = FORMS[element.dataset.form](Date.parse(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
  for (const listener of listeners) listener();
}

setInterval(tick, 1000);
