// The chart of what waits, what is refused and what arrives, with the same in a sentence and as a table.

import { now } from "./clock.js";
import { at, fill, list, make, write } from "./dom.js";
import { arrivals, frame, levelAt, levels } from "./history.js";
import { count, duration, moment, number } from "./words.js";

/* global uPlot */
const RANGES = { 600: "the last 10 minutes", 3600: "the last hour", 21600: "the last 6 hours", 86400: "the last day" };
let range = 3600;
let plots = null;
let known = null;

/** Sets up the choice of the shown time, and follows width and colours. */
export function setUpChart(redraw) {
  at("range").addEventListener("change", (event) => {
    range = Number(event.target.value);
    redraw();
  });
  new ResizeObserver(() => plots?.forEach((plot) => plot.setSize({ width: at("plots").clientWidth, height: plot.height }))).observe(at("plots"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => forget(redraw));
  document.addEventListener("colours", () => forget(redraw));
}

/** Colours are drawn into the canvas, so other colours need other canvases. */
function forget(redraw) {
  plots?.forEach((plot) => plot.destroy());
  plots = null;
  redraw();
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const clock = (splits) => splits.map((t) => (t === null ? "" : moment(new Date(t * 1000)).split(", ").at(-1)));
const whole = (splits) => splits.map((value) => (Number.isInteger(value) ? compact(value) : ""));
const compact = (value) => (value >= 10000 ? `${number(Math.round(value / 100) / 10)}k` : number(value));

function options(height, series, withTime) {
  const soft = colour("soft");
  const grid = { stroke: colour("grid"), width: 1 };
  const axis = { stroke: soft, font: `12px ${getComputedStyle(document.body).fontFamily}`, grid, ticks: { show: false } };
  return {
    width: at("plots").clientWidth,
    height,
    padding: [8, 20, withTime ? 0 : 6, 0],
    legend: { show: false },
    cursor: { sync: { key: "flow" }, drag: { x: false, y: false }, y: false, points: { show: false } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, Math.ceil((high ?? 0) * 1.15))] } },
    axes: [
      { ...axis, size: withTime ? 28 : 0, values: (_plot, splits) => (withTime ? clock(splits) : splits.map(() => "")), space: 70 },
      { ...axis, size: 48, values: (_plot, splits) => whole(splits), space: 28 },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(plot) => showAt(plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null)] },
  };
}

function draw() {
  const place = at("plots");
  place.replaceChildren();
  const stepped = uPlot.paths.stepped({ align: 1 });
  const pending = { stroke: colour("pending"), fill: `${colour("pending")}33`, width: 2, paths: stepped, points: { show: false } };
  const failed = { stroke: colour("failed"), width: 2.5, paths: stepped, points: { show: false } };
  const synced = { stroke: colour("synced"), fill: colour("synced"), width: 0, paths: uPlot.paths.bars({ size: [0.8, 24], align: 0 }), points: { show: false } };
  const titled = (text, settings, data) => {
    place.append(make("p", { class: "plot-title" }, text));
    return new uPlot(settings, data, place);
  };
  plots = [
    titled("Waiting and refused for good", options(138, [pending, failed], false), [[], [], []]),
    titled("Arrived", options(112, [synced], true), [[], []]),
  ];
}

/** Shows what is known. */
export function showChart({ runs, live, status, phase }) {
  if (!status || !runs) return;
  const present = now() / 1000;
  const { from, to, step } = frame(present, range);
  const shown = levels(runs, live, from);
  const steps = arrivals(runs, from, to, step);
  known = { shown, steps, status, to: present, isStale: phase === "lost" };
  if (!plots) draw();
  const last = shown.at(-1);
  const drawn = last && last.pending !== null ? [...shown, { ...last, t: present }] : shown;
  // A line along the ground for hours would only hide it.
  const refused = drawn.some((level) => level.failed > 0);
  const scale = { min: from, max: to };
  plots[0].setData([drawn.map((l) => l.t), drawn.map((l) => l.pending), drawn.map((l) => (refused ? l.failed : null))], false);
  plots[1].setData([steps.map((s) => (s.from + s.to) / 2), steps.map((s) => s.synced)], false);
  for (const plot of plots) plot.batch(() => { plot.setScale("x", scale); });
  showAt(null);
  summarise();
  table();
}

/** Shows the values at a moment in the legend; without one, those of now. */
function showAt(t) {
  if (!known) return;
  const { shown, steps, status, isStale } = known;
  if (t === null) {
    write(at("legend-pending"), number(status.counts.pending));
    write(at("legend-failed"), number(status.counts.failed));
    write(at("legend-synced"), number(steps.reduce((sum, step) => sum + step.synced, 0)));
    write(at("legend-at"), `pending and failed ${isStale ? "when last heard" : "as of now"}, synced in ${RANGES[range]}`);
    return;
  }
  const level = levelAt(shown, t);
  const step = steps.find((one) => one.from <= t && t < one.to);
  write(at("legend-pending"), level ? number(level.pending) : "?");
  write(at("legend-failed"), level ? number(level.failed) : "?");
  write(at("legend-synced"), number(step?.synced ?? 0));
  const within = step ? `, synced within ${duration(step.to - step.from)}` : "";
  write(at("legend-at"), `pending and failed at ${moment(new Date(t * 1000))}${within}`);
}

function summarise() {
  const { shown, steps, status, isStale } = known;
  const arrived = steps.reduce((sum, step) => sum + step.synced, 0);
  const most = shown.reduce((best, level) => ((level.pending ?? 0) > (best?.pending ?? 0) ? level : best), null);
  const how = most?.atEnd ? `${most.pending === 1 ? "was" : "were"} left when a cycle ended` : `${most?.pending === 1 ? "was" : "were"} seen waiting`;
  const peak = most ? ` At most ${number(most.pending)} ${how}, at ${moment(new Date(most.t * 1000))}.` : "";
  const { pending, failed } = status.counts;
  const verb = isStale ? "waited" : pending > 1 ? "wait" : "waits";
  const refused = failed > 0 ? `; refused for good: ${number(failed)}` : "";
  const what = arrived > 0 ? count(arrived, "entry", "entries") : "Nothing";
  const waits = pending === 0 ? "nothing" : number(pending);
  write(at("flow-summary"), `${what} arrived in ${RANGES[range]}.${peak} ${isStale ? "When last heard," : "Now"} ${waits} ${verb}${refused}.`);
}

function table() {
  const { shown, steps, to } = known;
  const rows = steps.toReversed().map((step) => {
    const end = Math.min(step.to, to);
    const level = levelAt(shown, end);
    return { until: end === to ? "now" : moment(new Date(end * 1000)), pending: level?.pending ?? null, failed: level?.failed ?? null, synced: step.synced };
  });
  const figure = (value) => make("td", { class: "number" }, value === null ? "?" : number(value));
  list(at("flow-rows"), rows, (row) => row.until, (row) => make("tr", {}, make("td", {}, row.until), figure(row.pending), figure(row.failed), figure(row.synced)));
  const nothing = at("plots").querySelector(".none");
  const isEmpty = shown.length === 0;
  if (!isEmpty) nothing?.remove();
  else if (!nothing) at("plots").append(make("p", { class: "none" }, "Nothing is known of this time yet."));
}
