// Requests to the program; errors carry the program's own words.

import { learn } from "./clock.js";

/** A request that did not succeed; `status` is 0 when no answer came. */
export class RequestFailed extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Shows the page of sign-in, which stands at the same address while nobody is signed in. */
export function signIn() {
  location.reload();
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new RequestFailed(0, "The program does not answer. Does it run?");
  }
  learn(response);
  if (response.status === 401) signIn();
  const body = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) {
    throw new RequestFailed(response.status, body?.detail ?? `The program answered ${response.status}.`);
  }
  return body;
}

const send = (path, body) =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Reads past cycles, the newest first. */
export const readRuns = async (limit) => (await ask(`/sync/runs?limit=${limit}`)).runs;

/** Reads what is not arriving, grouped by cause. */
export const readProblems = () => ask("/sync/problems");

/** Reads the story of one record. Its key is no part of the path: browsers would fold `..` away, and a key may be empty. */
export const readStory = (table, record) => ask(`/sync/explain?${new URLSearchParams({ table, record })}`);

/** Runs one cycle and gives its report. */
export const runCycle = () => ask("/sync/run", { method: "POST" });

/** Makes records due: `{}` for all, one record, or a group. */
export const retry = (what) => send("/sync/retry", what);

/** Ends the session. */
export const signOut = () => ask("/session", { method: "DELETE" });
