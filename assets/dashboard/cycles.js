// Past cycles. Cycles that did nothing, one after another, stand together.

import { time } from "./clock.js";
import { at, list, make, sign } from "./dom.js";
import { outcomeInWords, toneOfOutcome } from "./outcomes.js";
import { rich } from "./remedy.js";
import { count, moment, number, sentence, stopped, took } from "./words.js";

const ASKED_BY = { cron: "schedule", api: "this page or the API", cli: "command line" };
let most = 10;

/** Sets up the button that shows more. */
export function setUpCycles(redraw) {
  at("cycles-more").addEventListener("click", () => {
    most += 20;
    redraw();
  });
}

const didNothing = (run) => run.finished_at && run.entries_synced + run.entries_failed + run.entries_held + run.batches === 0;
const alike = (a, b) => didNothing(a) && didNothing(b) && a.outcome === b.outcome;

/** Puts together what is alike, the newest first. */
export function grouped(runs) {
  const groups = [];
  for (const run of runs) {
    const group = groups.at(-1);
    if (group && alike(group.at(-1), run)) group.push(run);
    else groups.push([run]);
  }
  return groups;
}

/** Shows the cycles. */
export function showCycles({ runs, status }) {
  if (!runs) return;
  const place = at("cycles-rows");
  const groups = grouped(runs);
  at("cycles-more").hidden = groups.length <= most;
  if (groups.length === 0) {
    list(place, ["none"], (key) => key, () => make("tr", {}, make("td", { colspan: "7", class: "empty" }, "No cycle has run yet.")));
    return;
  }
  const running = status?.running === true;
  const shown = groups.slice(0, most).map((group, index) => ({ group, running: running && index === 0 }));
  list(place, shown, ({ group }) => group.at(-1).id, ({ group, running: runs_now }) => (group.length > 1 ? together(group) : row(group[0], runs_now)));
}

function outcome(run, text) {
  const tone = toneOfOutcome(run.outcome);
  return make("span", { class: "outcome", "data-tone": tone }, sign(tone), text);
}

const figure = (head, value) => make("td", { class: "number", "data-head": head, "data-none": value === 0 }, value === 0 ? "–" : number(value));

const why = (run) => run.message && make("p", { class: "why" }, rich(sentence(stopped(run.message))));

function row(run, runs_now) {
  const ended = run.outcome ? outcomeInWords(run.outcome) : runs_now ? "running" : "broke off";
  return make(
    "tr",
    {},
    make("td", {}, time(run.started_at)),
    make("td", { class: run.message && "with-why" }, outcome(run, ended), why(run)),
    figure("Synced", run.entries_synced),
    figure("Refused", run.entries_failed),
    figure("Held", run.entries_held),
    make("td", { class: "number", "data-head": "Took" }, run.finished_at ? took(run.duration_ms) : "–"),
    make("td", { "data-head": "Asked by" }, ASKED_BY[run.trigger] ?? run.trigger),
  );
}

/** Shows cycles that did nothing as one row. */
function together(group) {
  const [newest, oldest] = [group[0], group.at(-1)];
  const what = newest.outcome === "drained" ? "with nothing to do" : outcomeInWords(newest.outcome);
  return make(
    "tr",
    { class: "quiet" },
    make("td", {}, moment(new Date(oldest.started_at)), " – ", moment(new Date(newest.started_at))),
    make("td", { colspan: "6", class: newest.message && "with-why" }, outcome(newest, `${count(group.length, "cycle")} ${what}`), newest.outcome === "drained" ? "" : why(newest)),
  );
}
