// The one statement: are we in sync? If not, since when, and why? Pure: from what is known to words.

import { count, moment, name, sentence, stopped } from "./words.js";

/** Adds up a figure of problem groups. */
const sum = (groups, field) => groups.reduce((total, group) => total + group[field], 0);

/** Names the last cycle and how far it has come: what is refused or held is the same as long as this is. */
export const cycleOf = (status) => JSON.stringify([status?.last_run?.id, status?.last_run?.finished_at]);

/** Tells whether a group waits for a person: it was refused for good, or its table must be mended. */
export const needsYou = (group) => group.state === "failed" || (group.state === "held" && !group.waits_for);

/**
 * Says how it stands, or how it stood when last heard: what is `past` may be no longer true. `tone` is `ok`, `busy`,
 * `offline` or `alert`; in `body`, an object with `since` or `at` stands for a moment.
 */
export function statementOf({ status, trouble, problems, problemsOf, phase }) {
  const past = phase === "lost";
  if (trouble) return unreadable(trouble, status, past);
  const groups = problems?.groups ?? [];
  const waitsForYou = groups.filter(needsYou);
  if (status.last_run?.outcome === "stopped") return halted(status, past);
  if (status.state === "escaping") return escaping(status, past);
  if (!status.online) return offline(status, groups, past);
  if (waitsForYou.length > 0 || status.counts.failed > 0) return needed(status, groups, waitsForYou, past);
  if (status.counts.pending > 0) return past ? wasBehind(status, groups) : behind(status, groups, problemsOf === cycleOf(status));
  return inSync(status, past);
}

function unreadable(trouble, status, past) {
  return {
    tone: "alert",
    title: `This site’s database ${past ? "could not" : "cannot"} be read`,
    body: [stopped(sentence(trouble))],
    notes: [status ? "What is shown below is the last that could be read." : "What waits, and what arrived, cannot be told meanwhile."],
  };
}

function halted(status, past) {
  return {
    tone: "alert",
    title: past ? "Was stopped" : "Stopped, until you decide",
    body: [stopped(sentence(status.last_run.message ?? "A database is not the one it was; see `backhaul resume`"))],
    notes: [`${sentence(waiting(status, past))}; nothing ${past ? "was" : "is"} sent meanwhile.`],
  };
}

function escaping(status, past) {
  const tables = status.uncaptured;
  const which = tables.length === 1 ? `of table ${tables[0].table_name}` : `of ${tables.length} tables`;
  const body = tables.slice(0, 3).map(({ message }) => stopped(sentence(message))).join(" ");
  const notes = [`${sentence(waiting(status, past))}; what was not captured does not wait, and arrives only once it is mended as below.`];
  if (!status.online) notes.push(`Besides, the site ${past ? "was" : "is"} offline: ${stopped(status.offline_reason.replace(/ \(since \S+Z\)$/, ""))}`);
  return { tone: "alert", title: `${past ? "When last heard: changes" : "Changes"} ${which} may escape`, body: [body], notes };
}

const ARRIVED = { past: "Everything written until then was at headquarters.", now: "Everything written here is at headquarters." };

function offline(status, groups, past) {
  const { pending } = status.counts;
  const reason = status.offline_reason ?? (status.is_online ? "DB_B does not answer" : "IS_ONLINE is false");
  const [, why, since] = /^(.*?)(?: \(since (\S+Z)\))?$/s.exec(reason);
  const refused = status.state === "refused";
  const began = status.since ?? since;
  const how = refused ? "Refused by headquarters" : "Offline";
  const title = `${past ? `Was ${how.toLowerCase()}` : how}${began ? ` since ${moment(new Date(began))}` : ""}`;
  let until = "when the line is back";
  if (refused) until = "once that is mended; the line itself is there";
  else if (!status.is_online) until = "once IS_ONLINE is true in the settings of this site";
  let saved = `${sentence(waiting(status, past))}; nothing is lost. ${pending === 1 ? "It goes by itself" : "They go by themselves"} ${until}.`;
  if (pending === 0) saved = past ? ARRIVED.past : "Everything written so far is at headquarters; what is written now waits here.";
  return { tone: refused ? "alert" : "offline", title, body: [stopped(sentence(why)), " ", saved], notes: refusals(status, groups) };
}

function needed(status, groups, waitsForYou, past) {
  const failed = waitsForYou.filter((group) => group.state === "failed");
  const held = waitsForYou.filter((group) => group.state === "held");
  const tables = held.map((group) => group.table_name);
  let title;
  if (waitsForYou.length === 0) title = `${count(status.counts.failed, "entry was", "entries were")} refused for good and ${status.counts.failed === 1 ? "needs" : "need"} you`;
  else if (held.length === 0) title = `${count(sum(failed, "records"), "record was", "records were")} refused for good and ${sum(failed, "records") === 1 ? "needs" : "need"} you`;
  else if (failed.length === 0 && sum(held, "records") === 0) title = `${tables.length === 1 ? `Table ${name(tables[0])}` : count(tables.length, "table")} must be mended`;
  else title = `${count(sum(waitsForYou, "records"), "record")} ${sum(waitsForYou, "records") === 1 ? "needs" : "need"} you`;
  const others = Math.max(0, status.counts.pending - sum(groups.filter((group) => group.state !== "failed"), "entries"));
  const [one, many] = past ? ["other entry was", "other entries were"] : ["other entry is", "other entries are"];
  const body =
    others === 0
      ? `All but the following ${past ? "was" : "is"} at headquarters.`
      : `${sentence(count(others, one, many))} on ${others === 1 ? "its" : "their"} way. But:`;
  return { tone: "alert", title: `${past ? "When last heard: " : ""}${title}`, body: [body], notes: [...causes(waitsForYou), ...secondary(status, groups)] };
}

function behind(status, groups, isKnown) {
  const title = `Behind by ${count(status.counts.pending, "entry", "entries")}`;
  const body = [];
  if (status.oldest_pending_since) body.push(status.counts.pending === 1 ? "It has waited for " : "The oldest has waited for ", { since: status.oldest_pending_since }, ". ");
  const stuck = sum(groups, "entries");
  const one = status.counts.pending === 1;
  if (status.running) body.push(one ? "It is on its way now." : "They are on their way now.");
  else if (isKnown && stuck < status.counts.pending) body.push(one ? "It goes with the next cycle." : "They go with the next cycle.");
  return { tone: "busy", title, body, notes: secondary(status, groups) };
}

function wasBehind(status, groups) {
  const { pending } = status.counts;
  const body = status.oldest_pending_since ? [pending === 1 ? "It was written at " : "The oldest was written at ", { at: status.oldest_pending_since }, "."] : [];
  return { tone: "busy", title: `Was behind by ${count(pending, "entry", "entries")}`, body, notes: secondary(status, groups) };
}

function inSync(status, past) {
  let body = past ? ARRIVED.past : ARRIVED.now;
  if (status.counts.synced === 0) body = past ? "Nothing waited." : "Nothing waits. The first change that is written here goes with the next cycle.";
  return { tone: "ok", title: past ? "Was in sync" : "In sync", body: [body], notes: mishap(status) };
}

/** Tells the worst causes, when there are several or the title does not name it. */
function causes(waitsForYou) {
  const cause = (group) => {
    const what = group.state === "failed" ? "refused for good" : `${group.records === 1 ? "waits" : "wait"} for table ${name(group.table_name)}`;
    const who = group.records === 0 ? `Table ${name(group.table_name)}` : `${count(group.records, "record")} ${what}`;
    return `${who}: ${stopped(group.message)}`;
  };
  return waitsForYou.slice(0, 3).map(cause);
}

/** Tells what waits, in the middle of a sentence. */
function waiting(status, past) {
  const { pending } = status.counts;
  if (past) return pending === 0 ? "nothing waited" : count(pending, "entry waited", "entries waited");
  return pending === 0 ? "nothing waits" : count(pending, "entry waits", "entries wait");
}

function refusals(status, groups) {
  const records = sum(groups.filter(needsYou), "records");
  if (records > 0) return [`Besides, ${count(records, "record needs", "records need")} you: see below.`];
  return status.counts.failed > 0 ? [`Besides, ${count(status.counts.failed, "entry was", "entries were")} refused for good: see below.`] : [];
}

/** Tells of what mends itself, and of a cycle that went wrong. */
function secondary(status, groups) {
  const again = groups.filter((group) => group.state === "waiting");
  const behindOthers = groups.filter((group) => group.state === "held" && group.waits_for);
  const notes = [];
  if (again.length > 0) notes.push(`${count(sum(again, "records"), "record was", "records were")} refused and ${sum(again, "records") === 1 ? "is" : "are"} tried again.`);
  if (behindOthers.length > 0) notes.push(`${count(sum(behindOthers, "records"), "record waits", "records wait")} for another.`);
  return [...notes, ...mishap(status)];
}

function mishap(status) {
  if (status.last_run?.outcome !== "error") return [];
  return [`The last cycle ended with an error: ${stopped(status.last_run.message ?? "the log says more")}`];
}
