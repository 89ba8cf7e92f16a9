// The story of one record, as parts of a page.

import { time } from "./clock.js";
import { make, sign } from "./dom.js";
import { dissect, remedy, rich } from "./remedy.js";
import { count, sentence, stopped } from "./words.js";

const VERDICTS = {
  same: ["ok", "Both sides have it, with the same values."],
  different: ["busy", "Headquarters has other values."],
  only_local: ["busy", "Headquarters does not have it."],
  only_central: ["offline", "Only headquarters has it."],
  nowhere: ["offline", "Neither side has it."],
  unknown: ["offline", "The two sides could not be compared."],
};

const STATES = { WAITING: "refused, and tried again", FAILED: "refused for good, until it is mended and retried", HELD: "waits for another record" };
const CHANGES = { INSERT: "created", UPDATE: "changed", DELETE: "deleted" };
const STATUS = { PENDING: "not at headquarters yet", SYNCED: "arrived", FAILED: "refused for good" };

/** Tells the whole story; `linkTo` makes a link to another record's. */
export function tellStory(story, linkTo) {
  return [verdict(story), whatToDo(story), why(story, linkTo), sides(story), past(story)];
}

function verdict(story) {
  const [usual, text] = VERDICTS[story.verdict] ?? VERDICTS.unknown;
  const open = story.entries.some((entry) => entry.sync_status !== "SYNCED");
  const tone = usual === "ok" || story.verdict === "unknown" ? usual : story.failure || story.table_held || !open ? "alert" : usual;
  const more = story.note ?? (open && !story.failure && !story.table_held && usual === "busy" ? "It is queued and on its way." : "");
  return make("div", { class: "verdict", "data-tone": tone, "data-verdict": story.verdict }, sign(tone), make("div", {}, make("p", {}, text), more && make("p", {}, sentence(stopped(more)))));
}

function section(title, ...content) {
  return make("section", {}, make("h3", {}, title), ...content);
}

function whatToDo(story) {
  if (story.what_to_do.length === 0) return null;
  const step = (text) => {
    const [, before, when] = /^(It is tried again at the first cycle after )(\S+Z)\.$/.exec(text) ?? [];
    if (when) return make("li", {}, make("p", {}, before, time(when, "at"), "."));
    return make("li", {}, remedy(dissect(text).command ? text.replace(/^To mend it: (?=.)/, "") : text));
  };
  return section("What to do", make("ol", { class: "steps" }, story.what_to_do.map(step)));
}

const fact = (name, ...value) => [make("dt", {}, name), make("dd", {}, ...value)];

function why({ failure, table_held: held }, linkTo) {
  if (held) {
    return section("Why it is not there", make("dl", { class: "facts" }, fact("State", "its whole table is held, for ", time(held.held_since, "since")), fact("Reason", rich(sentence(stopped(held.message))))));
  }
  if (!failure) return null;
  return section(
    "Why it is not there",
    make(
      "dl",
      { class: "facts" },
      fact("State", STATES[failure.state] ?? failure.state),
      fact("Reason", rich(sentence(stopped(failure.message)))),
      failure.waits_for && fact("Waits for", linkTo(failure.waits_for)),
      judged(failure),
      failure.next_attempt_at && fact("Next attempt", time(failure.next_attempt_at, "in"), ", with the first cycle after it"),
    ),
  );
}

/** Tells how often headquarters refused it, and when; what waits for another record was looked at and not judged. */
function judged({ state, attempts, first_failed_at: first, last_failed_at: last }) {
  if (state === "HELD") return fact("Last looked at", time(last));
  const times = attempts === 1 ? "once" : count(attempts, "time");
  const refused = attempts === 0 ? ["not since it was last retried"] : [times, attempts === 1 ? ", " : ", the last time ", time(last)];
  return [fact("Refused", ...refused), fact("Not there since", time(first, "at"))];
}

const value = (text) => (text === null ? make("span", { class: "null" }, "none") : text);

function sides(story) {
  if (story.columns.length === 0) return null;
  const [here, there] = [story.verdict !== "only_central", story.verdict !== "only_local"];
  const both = here && there;
  const mark = (same) => (same === null ? "" : same ? make("span", { class: "mark-same" }, "same") : make("span", { class: "mark-differs" }, "differs"));
  const head = ["Field", `Here (DB_A)${here ? "" : ": no such record"}`, `Headquarters (DB_B)${there ? "" : ": no such record"}`, both && make("span", { class: "unseen" }, "Compared")].map((text) => text && make("th", { scope: "col" }, text));
  const row = (pair) => make("tr", { "data-same": both ? String(pair.same) : null }, make("th", { scope: "row" }, pair.column), make("td", {}, here ? value(pair.local) : "–"), make("td", {}, there ? value(pair.central) : "–"), both && make("td", {}, mark(pair.same)));
  return section(
    "Both sides, field by field",
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Both sides, field by field" }, make("table", { class: "sides" }, make("thead", {}, make("tr", {}, head)), make("tbody", {}, story.columns.map(row)))),
  );
}

function past(story) {
  if (story.entries.length === 0) return section("Its past", make("p", { class: "empty" }, "The queue knows no entry of it: none was written, or they were pruned."));
  const entry = (one) => {
    const batch = one.batch?.settled_at ? [", with batch ", String(one.batch.number), " ", time(one.batch.settled_at)] : [];
    return make("li", {}, time(one.last_updated_at), make("span", {}, `${CHANGES[one.operation] ?? one.operation}: ${STATUS[one.sync_status] ?? one.sync_status}`, ...batch));
  };
  return section("Its past", make("ol", { class: "past" }, story.entries.map(entry)), story.more_entries && make("p", { class: "empty" }, "There are older entries."));
}
