// The dialog that tells the story of one record; its address is `#/record/TABLE/KEY`.

import { readStory } from "./api.js";
import { at, fill, make, write } from "./dom.js";
import { copy } from "./remedy.js";
import { tellStory } from "./story.js";
import { recordName } from "./words.js";

let shown = null;
let opener = null;

/** Gives the address of a record's story. */
const address = ({ table_name, record_id }) => `#/record/${encodeURIComponent(table_name)}/${encodeURIComponent(record_id)}`;

/** Makes a link to a record's story. */
export const linkTo = (record, text = recordName(record)) => make("a", { href: address(record) }, text);

/** Goes to a record's story. */
export function goTo(record) {
  location.hash = address(record);
}

function recordOf(hash) {
  const match = /^#\/record\/([^/]+)\/([^/]*)$/.exec(hash);
  try {
    return match && { table_name: decodeURIComponent(match[1]), record_id: decodeURIComponent(match[2]) };
  } catch {
    return null;
  }
}

/** Opens or closes the dialog as the address says. */
function follow() {
  const record = recordOf(location.hash);
  const dialog = at("record");
  if (!record) return dialog.open && dialog.close();
  shown = record;
  write(at("record-title"), recordName(record));
  write(at("record-result"), "");
  at("record-retry").hidden = true;
  fill(at("story"), make("p", { class: "empty" }, "Asking both databases …"));
  at("story").scrollTop = 0;
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
    at("record-title").focus();
  }
  refreshRecord();
}

/** Reads the story again, if one is shown. */
export async function refreshRecord() {
  const record = shown;
  if (!record || !at("record").open) return;
  try {
    const story = await readStory(record.table_name, record.record_id);
    if (shown !== record) return;
    at("record-retry").hidden = !(story.failure && story.failure.state !== "HELD");
    fill(at("story"), tellStory(story, linkTo));
  } catch (error) {
    if (shown !== record) return;
    const message = error.status === 404 ? `${error.message}. Look whether table and key are spelt as the queue prints them.` : error.message;
    fill(at("story"), make("p", { role: "alert" }, message));
  }
}

/** Sets the dialog up; `retry(record, button, say)` is called when its button is pressed. */
export function setUpRecord(retry) {
  const dialog = at("record");
  at("record-close").addEventListener("click", () => dialog.close());
  at("record-link").addEventListener("click", (event) => copy(location.href, event.currentTarget));
  at("record-retry").addEventListener("click", (event) => retry(shown, event.currentTarget, at("record-result")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    shown = null;
    if (recordOf(location.hash)) history.pushState(null, "", location.pathname);
    if (opener?.isConnected && opener !== document.body) opener.focus();
    opener = null;
  });
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  follow();
}
