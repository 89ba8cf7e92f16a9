// The stream of events. It is read by `fetch` rather than by `EventSource`: so the comments that say "still here"
// are heard as well, a silent line is noticed, and an answer that asks for signing in is told from a lost line.

import { signIn } from "./api.js";
import { learn } from "./clock.js";

/** How long the stream may be silent; the program says something at least every ten seconds. */
const LONGEST_SILENCE_MS = 15_000;

/** How long to wait before trying again. */
const WAIT_MS = 2_000;

/**
 * Listens for ever. `heard()` is called whenever anything came, `event(name, data)` for each event, `lost()` when the
 * stream broke. A stream that ended in order, as each does after a while, is taken up again without a word.
 */
export async function listen(path, { heard, event, lost }) {
  for (;;) {
    const inOrder = await listenOnce(path, heard, event);
    if (inOrder) continue;
    lost();
    await pause();
  }
}

async function listenOnce(path, heard, event) {
  const ending = new AbortController();
  let watch;
  const end = () => ending.abort();
  // A page that is kept for the way back would keep its connection, too, and a browser has only six for a site.
  addEventListener("pagehide", end);
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(end, LONGEST_SILENCE_MS);
  };
  alive();
  try {
    const response = await fetch(path, { cache: "no-store", signal: ending.signal });
    if (response.status === 401) signIn();
    if (!response.ok) return false;
    learn(response);
    let last = "";
    const events = reader((name, data) => {
      last = name;
      event(name, data);
    });
    const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let chunk = await chunks.read(); !chunk.done; chunk = await chunks.read()) {
      alive();
      heard();
      events(chunk.value);
    }
    return last !== "" && last !== "stopping";
  } catch {
    // The line broke, or was silent for too long: whoever listens learns it from `lost`.
    return false;
  } finally {
    clearTimeout(watch);
    removeEventListener("pagehide", end);
    end();
  }
}

/** Makes a function that takes the stream piece by piece and reports each whole event. */
export function reader(event) {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      let name = "message";
      const data = [];
      for (const line of block.split(/\r?\n/)) {
        const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (field === "event") name = value;
        else if (field === "data") data.push(value);
      }
      if (data.length > 0 || name !== "message") event(name, data.length > 0 ? JSON.parse(data.join("\n")) : null);
    }
  };
}

/** Waits a moment, or until there is reason to hope: the page is looked at again, or the machine is online again. */
function pause() {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      removeEventListener("online", go);
      resolve();
    };
    const look = () => document.visibilityState === "visible" && go();
    const timer = setTimeout(go, WAIT_MS);
    document.addEventListener("visibilitychange", look);
    addEventListener("online", go);
  });
}
