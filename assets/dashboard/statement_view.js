// Shows the statement and the figures beside it.

import { announce } from "./announce.js";
import { now, time } from "./clock.js";
import { at, fill, sign, write } from "./dom.js";
import { cycleOf, statementOf } from "./statement.js";
import { outcomeInWords } from "./outcomes.js";
import { count, countdown, harmless, number, sentence, toTheSecond } from "./words.js";
import { rich } from "./remedy.js";

/** Writes parts of a sentence: text, or a moment. */
const parts = (body) =>
  body.map((part) => (typeof part === "string" ? rich(part) : part.since ? time(part.since, "since") : time(part.at, "at")));

/** Tells screen readers what is seen, once it is whole; it is of another kind when more than a figure has changed. */
function speak(tone, stale) {
  const [title, body] = ["statement-title", "statement-body"].map((id) => at(id).textContent);
  const notes = [...at("statement-notes").children].map((note) => note.textContent);
  const kind = [stale, tone, title, ...notes].join("\n").replace(/[\d,]+/g, "");
  announce([`${title}.`, body, ...notes].join(" "), kind);
}

/** Shows everything anew. */
export function showStatement(store) {
  if (!store.status && !store.trouble) return showUnknown(store);
  const stale = store.phase === "lost";
  const statement = statementOf(store);
  const section = at("statement");
  const { title } = statement;
  section.dataset.tone = statement.tone;
  section.dataset.stale = document.body.dataset.stale = String(stale);
  fill(at("mark"), sign(statement.tone));
  write(at("statement-title"), title);
  fill(at("statement-body"), parts(statement.body));
  fill(at("statement-notes"), statement.notes.map((note) => { const item = document.createElement("li"); item.append(...rich(note)); return item; }));
  showAge(store);
  const site = store.status?.site_name ?? "";
  write(at("site"), site);
  write(at("version"), store.status?.version ?? "");
  document.title = harmless([title, site, "Backhaul"].filter(Boolean).join(" · "));
  if (stale || store.trouble || store.problemsOf === cycleOf(store.status)) speak(statement.tone, stale);
  if (store.status) showTiles(store, stale);
}

/** Says that nothing is known yet, or that nothing can be. */
function showUnknown(store) {
  const section = at("statement");
  const lost = store.phase === "lost";
  section.dataset.tone = lost ? "alert" : "loading";
  section.dataset.stale = String(lost);
  fill(at("mark"), sign(lost ? "alert" : "loading"));
  write(at("statement-title"), lost ? "The program does not answer" : "Asking the site …");
  write(at("statement-body"), lost ? "So nothing can be said about this site. Is backhaul running here? This page tries again every two seconds." : "One moment.");
  if (lost) announce("The program does not answer.", "no answer");
}

/** Says of when the statement is. */
export function showAge(store) {
  if (!store.heardAt) return;
  const element = at("as-of");
  const [link, text] = [at("link"), at("link-text")];
  link.dataset.phase = store.phase;
  if (store.phase === "lost") {
    fill(element, store.stopping ? "Not live: the program was stopped. Last heard " : "Not live: last heard ", time(store.heardAt, "ago"), ", trying again. What is shown is of ", toTheSecond(new Date(store.heardAt)), ".");
    write(text, "Not live");
  } else {
    fill(element, "As of ", time(store.heardAt, "ago"), ".");
    write(text, "Live");
  }
}

function tile(name, value, more, tone = "") {
  const element = at(`tile-${name}`);
  element.dataset.tone = tone;
  fill(element, value);
  fill(at(`tile-${name}-more`), more);
}

function showTiles({ status, problems }, stale) {
  const { counts } = status;
  const checked = status.central_checked_at;
  const line = status.online ? "Online" : status.state === "refused" ? "Refused" : "Offline";
  const asked = checked ? ["DB_B ", status.central_reachable ? "answered " : "was asked ", time(checked)] : ["DB_B was not asked yet"];
  tile("line", line, status.is_online ? asked : "IS_ONLINE is false", status.online ? "ok" : "offline");
  const since = status.oldest_pending_since;
  let oldest = [stale ? "nothing waited" : "nothing waits"];
  if (since) oldest = stale ? ["the oldest written at ", time(since, "at")] : ["the oldest for ", time(since, "since")];
  const held = counts.held > 0 ? `, ${number(counts.held)} held` : "";
  tile("waiting", number(counts.pending), [...oldest, held]);
  const failed = counts.failed > 0;
  const again = (problems?.groups ?? []).filter((group) => group.state === "waiting").reduce((sum, group) => sum + group.records, 0);
  const refused = [failed && `${count(counts.failed, "entry is", "entries are")} FAILED`, again > 0 && `${count(again, "record is", "records are")} tried again`];
  tile("refused", number(counts.failed), refused.filter(Boolean).join(", ") || `nothing ${stale ? "was" : "is"} refused`, failed ? "alert" : "");
  showNext(status, stale);
}

/** Counts down to the next cycle. */
export function showNext(status, stale) {
  if (!status) return;
  if (stale) return tile("next", "–", "not known");
  const last = status.last_run;
  const more = last ? [`last: ${outcomeInWords(last.outcome)}, `, time(last.finished_at ?? last.started_at)] : "none has run yet";
  const left = status.next_run_at ? (Date.parse(status.next_run_at) - now()) / 1000 : null;
  let value = "–";
  if (status.running) value = "Running";
  else if (left !== null) value = left > 0 ? countdown(left) : "Due";
  tile("next", sentence(value), more);
}
