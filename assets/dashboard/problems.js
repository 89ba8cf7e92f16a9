// What is not arriving, grouped by cause, each with what to do.

import { time } from "./clock.js";
import { at, fill, list, make } from "./dom.js";
import { remedy, rich } from "./remedy.js";
import { linkTo } from "./record.js";
import { needsYou } from "./statement.js";
import { count, name, number, recordName, sentence, stopped } from "./words.js";

/** Shows the groups; `act(kind, group, button)` is called when a button is pressed. */
export function showProblems({ problems, status, trouble, phase }, act) {
  const place = at("problems-list");
  if (!problems) return fill(place, make("p", { class: "empty" }, trouble || phase === "lost" ? "Not known at present." : "Looking …"));
  const groups = problems.groups;
  at("retry-all").hidden = groups.filter((group) => group.state !== "held").length < 2;
  if (groups.length === 0) {
    const failed = status?.counts.failed ?? 0;
    const none = phase === "lost" ? "Nothing was stuck when last heard." : NONE[status?.state] ?? "Nothing is stuck. Records that headquarters refuses, or that wait for others, would stand here with what to do.";
    fill(place, make("p", { class: "empty" }, failed > 0 ? "Looking …" : none));
    return;
  }
  if (place.querySelector(".empty")) place.replaceChildren();
  list(place, groups, (group) => group.id, (group) => card(group, act));
  const more = place.parentElement.querySelector(".more-groups");
  if (!problems.more) more?.remove();
  else if (!more) place.after(make("p", { class: "empty more-groups" }, `There are more causes; these ${number(groups.length)} are the worst. "backhaul status" lists further entries.`));
}

/** Says in one line what became of how many records. */
function heading(group) {
  const whose = group.table_name ? ` of ${name(group.table_name)}` : "";
  const [records, one] = [`${count(group.records, "record")}${whose}`, group.records === 1];
  if (group.state === "failed") return `${records} ${one ? "was" : "were"} refused for good`;
  if (group.state === "waiting") return `${records} ${one ? "was" : "were"} refused, and ${one ? "is" : "are"} tried again`;
  if (group.waits_for) return `${records} ${one ? "waits" : "wait"} for ${recordName(group.waits_for)}`;
  return group.records === 0 ? `Table ${name(group.table_name)} is held` : `${records} ${one ? "waits" : "wait"} until the table is mended`;
}

function stateLine(group) {
  const line = [];
  if (group.entries !== group.records) line.push(`${count(group.entries, "entry", "entries")}`);
  const isTable = group.state === "held" && !group.waits_for;
  if (group.oldest_at) line.push([isTable ? "held for " : group.records === 1 ? "for " : "the oldest for ", time(group.oldest_at, "since")]);
  if (group.next_attempt_at) line.push(["next attempt ", time(group.next_attempt_at, "in")]);
  if (needsYou(group)) line.push(make("strong", {}, "needs you"));
  return line.flatMap((part, index) => (index === 0 ? part : [" · ", part])).flat();
}

/** What is said where no single record is to blame. */
const NONE = {
  stopped: "No record is to blame: nothing is sent until you decide, as said above.",
  refused: "No record is to blame: headquarters lets nothing in, as said above.",
  offline: "Of what was tried, nothing is stuck. What waits goes when the site is online.",
};

const BUTTONS = { failed: "Retry", waiting: "Try now", held: "Check now" };

function card(group, act) {
  const tone = { failed: "alert", waiting: "busy", held: group.waits_for ? "busy" : "offline" }[group.state];
  const title = heading(group);
  const button = make(
    "button",
    { type: "button", "data-role": "act", "aria-label": `${BUTTONS[group.state]}: ${title}`, click: (event) => act(group, event.currentTarget) },
    BUTTONS[group.state],
  );
  const code = group.code ? ` (${group.code})` : "";
  return make(
    "article",
    { class: "problem", "data-tone": tone, "data-state": group.state },
    make("div", { class: "top" }, make("div", {}, make("h3", {}, title), make("p", { class: "state" }, stateLine(group))), button),
    make(
      "dl",
      {},
      make("dt", {}, "Why"),
      make("dd", {}, rich(sentence(stopped(group.message))), group.message.includes(String(group.code)) ? "" : code),
      make("dt", {}, "To mend it"),
      make("dd", {}, remedy(group.remedy)),
      group.examples.length > 0 && make("dt", {}, group.records > group.examples.length ? "Such as" : group.records === 1 ? "Record" : "Records"),
      group.examples.length > 0 && make("dd", { class: "examples" }, group.examples.map((record) => linkTo(record))),
    ),
  );
}
