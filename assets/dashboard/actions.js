// What a person can do from here: run a cycle, and retry. Each says what came of it.

import { announce } from "./announce.js";
import { retry, runCycle } from "./api.js";
import { write } from "./dom.js";
import { count, sentence, stopped, took } from "./words.js";

/** Does one thing at a time per button; the button keeps its focus meanwhile. */
async function during(button, label, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const before = button.textContent;
  button.setAttribute("aria-disabled", "true");
  button.textContent = label;
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
    button.textContent = before;
  }
}

function say(place, text) {
  write(place, text);
  if (place.getAttribute("role") !== "status") announce(text);
}

/** Tells what a cycle did. */
function told(report) {
  if (report.outcome === "offline" || report.outcome === "unreachable") return "Offline: nothing was sent.";
  if (report.outcome === "stopped" || report.outcome === "error") return stopped(sentence(report.message ?? report.outcome));
  const done = [`${count(report.entries_synced, "entry", "entries")} arrived`];
  if (report.entries_failed > 0) done.push(`${count(report.entries_failed, "was", "were")} refused`);
  if (report.entries_held > 0) done.push(`${count(report.entries_held, "is", "are")} held`);
  return `${done.join(", ")}, in ${took(report.duration_ms)}.`;
}

/** Runs a cycle; one that runs already is as good. */
async function cycle() {
  try {
    return told(await runCycle());
  } catch (error) {
    if (error.status === 409) return "A cycle is running already.";
    throw error;
  }
}

async function attempt(place, work) {
  try {
    say(place, await work());
  } catch (error) {
    say(place, `Not done: ${error.message}`);
  }
}

/** Runs one cycle now. */
export const runNow = (button, place) => during(button, "Running …", () => attempt(place, cycle));

/** Makes records due and runs a cycle, so that what came of it is known at once. */
export const retryNow = (what, button, place) =>
  during(button, "Trying …", () =>
    attempt(place, async () => {
      await retry(what);
      return cycle();
    }),
  );
