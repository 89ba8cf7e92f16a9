// Remedies as something to act on: statements and commands stand apart and can be copied.

import { make } from "./dom.js";
import { harmless, sentence, stopped } from "./words.js";

const STATEMENT = /^(.*?)((?:alter|create|drop|delete|update|insert|grant|show create|rename|set global) .+?)(?:; then (.+))?$/s;
const COMMAND = /^(.*?: )(backhaul .+)$/s;

/** Writes text in which words in backticks are code. */
export function rich(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? make("code", {}, part) : document.createTextNode(harmless(part))));
}

/** Tells apart what stands before a statement or command, the statement, and what stands after it. */
export function dissect(text) {
  const command = COMMAND.exec(text);
  if (command) return { before: command[1], command: command[2], after: "" };
  const statement = STATEMENT.exec(text);
  // A statement stands at the beginning or after a colon; elsewhere the word is part of a sentence.
  if (statement && /^$|: $/.test(statement[1])) {
    return { before: statement[1], command: statement[2], after: statement[3] ? `then ${statement[3]}` : "" };
  }
  return { before: text, command: "", after: "" };
}

/** Shows a remedy. */
export function remedy(text) {
  const { before, command, after } = dissect(text);
  return make(
    "div",
    { class: "remedy" },
    before && make("p", {}, rich(sentence(command ? before.trim() : stopped(before)))),
    command && copyable(command),
    after && make("p", {}, rich(sentence(stopped(after)))),
  );
}

/** Shows a command with a button that copies it. */
function copyable(command) {
  const text = make("pre", {}, command);
  const button = make("button", { type: "button", "data-role": "copy", click: () => copy(command, button, text) }, "Copy");
  return make("div", { class: "command" }, text, button);
}

/** Copies a text and says so on the button; where pages may not copy, it is selected for the person to do so. */
export async function copy(text, button, shown = null) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    if (shown) getSelection().selectAllChildren(shown);
    button.textContent = shown ? "Selected" : "Not allowed";
  }
  setTimeout(() => (button.textContent = label), 2000);
}
