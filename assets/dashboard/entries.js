// The newest entries of each state.

import { time } from "./clock.js";
import { at, list, make, write } from "./dom.js";
import { linkTo } from "./record.js";
import { rich } from "./remedy.js";
import { number, sentence } from "./words.js";

const CHANGES = { INSERT: "created", UPDATE: "changed", DELETE: "deleted" };
const NONE_THEN = { pending: "Nothing waited.", failed: "Nothing was refused for good.", synced: "Nothing had arrived yet." };
const NONE = { pending: "Nothing waits.", failed: "Nothing was refused for good.", synced: "Nothing has arrived yet." };
const KNOWN = { PENDING: "goes with the next cycle", SYNCED: "at headquarters", FAILED: "refused for good" };
const WAITS = { stopped: "waits until you decide", offline: "waits until the site is online", refused: "waits until headquarters lets it in" };
let shown = "pending";

/** Sets up the choice of a state. */
export function setUpEntries(redraw) {
  at("entries-range").addEventListener("change", (event) => {
    shown = event.target.value;
    redraw();
  });
}

/** Shows the entries of the chosen state. */
export function showEntries({ status, phase }) {
  if (!status) return;
  for (const state of ["pending", "failed", "synced"]) write(at(`entries-${state}`), number(status.counts[state]));
  const entries = status.records[shown];
  const place = at("entries-rows");
  if (entries.length === 0) {
    const none = (phase === "lost" ? NONE_THEN : NONE)[shown];
    list(place, [none], () => shown, () => make("tr", {}, make("td", { colspan: "4", class: "empty" }, none)));
    return;
  }
  const { state } = status;
  list(place, entries.map((entry) => ({ ...entry, state })), (entry) => entry.id, row);
  const tables = [...new Set(Object.values(status.records).flat().map((entry) => entry.table_name))].sort();
  list(at("tables"), tables, (table) => table, (table) => make("option", { value: table }));
}

function row(entry) {
  const plain = (entry.sync_status === "PENDING" && WAITS[entry.state]) || KNOWN[entry.sync_status];
  const known = entry.error ? rich(sentence(entry.error.message)) : plain;
  return make(
    "tr",
    {},
    make("td", {}, linkTo(entry)),
    make("td", {}, CHANGES[entry.operation] ?? entry.operation),
    make("td", {}, time(entry.last_updated_at)),
    make("td", { class: "known" }, known),
  );
}
