// What is known of the past: levels after each cycle, levels heard live, and what arrived when. Pure.

const seconds = (moment) => Date.parse(moment) / 1000;

/** Gives the known levels within a time, oldest first, those left by cycles marked `atEnd`; the last one before it opens the list. A null is a gap. */
export function levels(runs, live, from) {
  const firstLive = live.length > 0 ? live[0].t : Infinity;
  const past = runs
    .filter((run) => run.finished_at && Number.isFinite(run.pending_after) && run.pending_after !== null)
    .map((run) => ({ t: seconds(run.finished_at), pending: run.pending_after, failed: run.failed_after ?? 0, atEnd: true }))
    .filter((level) => level.t < firstLive)
    .sort((a, b) => a.t - b.t);
  const all = [...past, ...live];
  const begin = all.findLastIndex((level) => level.t <= from);
  const shown = all.slice(Math.max(0, begin));
  if (begin >= 0) shown[0] = { ...shown[0], t: from };
  return shown;
}

/** Sums up what arrived in equal steps of time; each step goes by its end. */
export function arrivals(runs, from, to, step) {
  const steps = [];
  for (let begin = Math.floor(from / step) * step; begin < to; begin += step) steps.push({ from: begin, to: begin + step, synced: 0 });
  for (const run of runs) {
    const index = Math.floor((seconds(run.finished_at ?? run.started_at) - steps[0].from) / step);
    if (steps[index]) steps[index].synced += run.entries_synced;
  }
  return steps;
}

/** Gives the level that held at a moment; null when none is known. */
export function levelAt(shown, moment) {
  const index = shown.findLastIndex((level) => level.t <= moment);
  return index < 0 || shown[index].pending === null ? null : shown[index];
}

/** How long a step is within each time that can be shown; some thirty fit. */
const STEPS = { 600: 30, 3600: 120, 21600: 600, 86400: 3600 };

/** Gives what is drawn of the time until now: whole steps, so that the newest one is seen from its beginning. */
export function frame(now, range) {
  const step = STEPS[range];
  const to = (Math.floor(now / step) + 1) * step;
  return { from: to - range, to, step };
}
