// The dashboard: what is known, where it comes from, and who shows it.

import { retryNow, runNow } from "./actions.js";
import { readProblems, readRuns, signOut } from "./api.js";
import { setUpChart, showChart } from "./chart.js";
import { everySecond, now } from "./clock.js";
import { setUpCycles, showCycles } from "./cycles.js";
import { at } from "./dom.js";
import { setUpEntries, showEntries } from "./entries.js";
import { showProblems } from "./problems.js";
import { goTo, refreshRecord, setUpRecord } from "./record.js";
import { cycleOf } from "./statement.js";
import { showAge, showNext, showStatement } from "./statement_view.js";
import { listen } from "./stream.js";
import { setUpTheme } from "./theme.js";

/** Most levels that are kept of what was heard live. */
const MOST_LIVE = 5000;

/** All that is known. `problemsOf` names the cycle after which the problems were read; `phase` is `connecting`, `live` or `lost`; `heardAt` is when the program last said anything. */
const store = { phase: "connecting", heardAt: null, stopping: false, status: null, trouble: null, problems: null, problemsOf: null, runs: null, live: [] };

function show() {
  const isWhole = store.phase === "lost" || store.trouble || (store.status && store.runs && store.problems);
  if (isWhole) document.body.removeAttribute("data-loading");
  showStatement(store);
  showProblems(store, actOnGroup);
  showChart(store);
  showCycles(store);
  showEntries(store);
  at("run").disabled = !store.status || store.phase === "lost";
}

function heard() {
  const wasLive = store.phase === "live";
  if (!wasLive) store.stopping = false;
  store.phase = "live";
  store.heardAt = now();
  if (!wasLive) show();
}

function event(name, data) {
  if (name === "status") learnStatus(data);
  else if (name === "trouble") store.trouble = data.message;
  else if (name === "stopping") store.stopping = true;
  else return;
  show();
}

function learnStatus(status) {
  const oldest = status.oldest_pending_seconds;
  status.oldest_pending_since = oldest === null ? null : new Date(Date.parse(status.counted_at) - oldest * 1000).toISOString();
  store.trouble = null;
  store.status = status;
  store.live.push({ t: Date.parse(status.counted_at) / 1000, pending: status.counts.pending, failed: status.counts.failed });
  if (store.live.length > MOST_LIVE) store.live.splice(0, store.live.length - MOST_LIVE);
  // That DB_B was looked at again is no reason to ask for cycles and problems.
  const looks = JSON.stringify([status.counts, status.running, status.last_run, status.records, status.uncaptured]);
  if (looks === lookedAt) return;
  lookedAt = looks;
  lookFurther();
}

function lost() {
  if (store.phase === "live" && store.live.length > 0) store.live.push({ t: store.heardAt / 1000, pending: null, failed: null });
  store.phase = "lost";
  lookedAt = null;
  show();
}

let lookedAt = null;
let looking = false;
let lookAgain = false;

/** Reads what the events do not carry. One look at a time; what happened meanwhile asks for one more. */
async function lookFurther() {
  lookAgain = true;
  if (looking) return;
  looking = true;
  while (lookAgain) {
    lookAgain = false;
    const cycle = cycleOf(store.status);
    try {
      const [runs, problems] = await Promise.all([readRuns(store.runs ? 20 : 500), readProblems()]);
      const newest = new Set(runs.map((run) => run.id));
      store.runs = [...runs, ...(store.runs ?? []).filter((run) => !newest.has(run.id))].slice(0, 1000);
      Object.assign(store, { problems, problemsOf: cycle });
      show();
      refreshRecord();
    } catch {
      // The stream tells by itself that the program is gone; the next event asks again.
      lookedAt = null;
    }
  }
  looking = false;
}

/** Retries a group; one that waits for its table or for another record is looked at again by a cycle. */
function actOnGroup(group, button) {
  const place = at("problems-result");
  return group.state === "held" ? runNow(button, place) : retryNow({ group: group.id }, button, place);
}

function setUpForms() {
  at("run").addEventListener("click", (click) => runNow(click.currentTarget, at("run-result")));
  at("retry-all").addEventListener("click", (click) => retryNow({}, click.currentTarget, at("problems-result")));
  at("find").addEventListener("submit", (submit) => {
    submit.preventDefault();
    goTo({ table_name: at("find-table").value.trim(), record_id: at("find-record").value.trim() });
  });
  at("sign-out").hidden = !asksForToken();
  at("sign-out").addEventListener("submit", async (submit) => {
    submit.preventDefault();
    await signOut();
    location.reload();
  });
}

/** Tells whether this browser has been asked for a token here, and so has a session to end. */
function asksForToken() {
  try {
    return localStorage.getItem("asks-for-token") !== null;
  } catch {
    return false;
  }
}

setUpTheme();
setUpForms();
setUpChart(() => showChart(store));
setUpCycles(() => showCycles(store));
setUpEntries(() => showEntries(store));
setUpRecord((record, button, place) => retryNow(record, button, place).then(refreshRecord));

let seconds = 0;
everySecond(() => {
  showAge(store);
  showNext(store.status, store.phase === "lost");
  seconds += 1;
  if (seconds % 10 === 0 && store.phase === "live") showChart(store);
});

listen("/sync/events", { heard, event, lost });
