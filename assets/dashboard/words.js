// Numbers, durations and moments in words.

const LANGUAGE = "en-GB";
const whole = new Intl.NumberFormat("en-US");
const clockTime = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const shortTime = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit" });
const dayAndTime = new Intl.DateTimeFormat(LANGUAGE, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const exactTime = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeStyle: "long" });

/** Writes a number with its thousands apart. */
export const number = (value) => whole.format(value);

/** Writes a number with its noun. */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** Writes a length of time by its largest unit: `12 s`, `14 min`, `3 h`, `2 days`. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 90) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 36) return `${hours} h`;
  return count(Math.round(hours / 24), "day");
}

/** Writes how long a cycle took. */
export function took(milliseconds) {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Counts down: `1:24`, above an hour `1:02:24`. */
export function countdown(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Writes a time of day, with the day when it is not today. */
export function moment(date) {
  return date.toDateString() === new Date().toDateString() ? shortTime.format(date) : dayAndTime.format(date);
}

/** Writes a time of day to the second. */
export const toTheSecond = (date) => clockTime.format(date);

/** Writes a moment in full. */
export const exact = (date) => exactTime.format(date);

/** What turns the direction of writing, breaks lines or leaves no trace. */
const UNSEEN = /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const SPELT = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** Writes a text so that nothing in it is unseen, as the terminal does (`wording::harmless`). */
export const harmless = (text) => text.replace(UNSEEN, (letter) => SPELT[letter] ?? `\\u{${letter.codePointAt(0).toString(16)}}`);

function isList(text) {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

/** Writes a name or a key so that it is seen where it ends: in quotes when it is empty or holds blanks, commas or quotes. */
export function name(text) {
  const isPlain = text !== "" && !/[\s,;"'`]/u.test(text);
  return isPlain || isList(text) ? harmless(text) : `"${harmless(text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
}

/** Names a record. */
export const recordName = ({ table_name: table, record_id: key }) => `${name(table)} ${name(key)}`;

/** Begins a text with a capital letter. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Ends a text with a full stop unless it ends otherwise. */
export const stopped = (text) => (/[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
