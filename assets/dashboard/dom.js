// Builds parts of the page. Text always enters as text: no value can become markup, and nothing in it is unseen.

import { harmless } from "./words.js";

/** Makes an element; `attributes` as in HTML, functions are listeners, children are nodes or text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : key === "aria-label" ? harmless(value) : String(value));
  }
  const shown = children.flat(Infinity).filter((child) => child || child === 0);
  element.append(...shown.map((child) => (typeof child === "string" ? harmless(child) : child)));
  return element;
}

/** Finds the one element with this id. */
export const at = (id) => document.getElementById(id);

/** Writes text only where it differs, so that nothing is painted or read out twice. */
export function write(element, text) {
  const shown = harmless(text);
  if (element.textContent !== shown) element.textContent = shown;
}

/** Replaces the children only where what they show differs. */
export function fill(element, ...children) {
  const fresh = [...make("div", {}, ...children).childNodes];
  const shown = [...element.childNodes];
  const same = fresh.length === shown.length && fresh.every((node, index) => node.isEqualNode(shown[index]));
  if (!same) element.replaceChildren(...fresh);
}

/**
 * Shows a list without touching the items that stay as they are, so that focus, selection and scrolling survive.
 * `key` names an item for its whole life; `build` makes its node.
 */
export function list(parent, items, key, build) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const nodes = items.map((item) => {
    const name = String(key(item));
    const looks = JSON.stringify(item);
    const before = old.get(name);
    if (before?.looks === looks) return before;
    const node = build(item);
    node.dataset.key = name;
    node.looks = looks;
    if (before?.contains(document.activeElement)) {
      const role = document.activeElement.dataset.role;
      queueMicrotask(() => (node.querySelector(`[data-role="${role}"]`) ?? parent).focus());
    }
    return node;
  });
  const unchanged = nodes.length === parent.children.length && nodes.every((node, index) => parent.children[index] === node);
  if (!unchanged) parent.replaceChildren(...nodes);
}

const SHAPES = {
  ok: ["m5 12.5 4.5 4.5L19 7.5"],
  busy: ["M12 19V6", "m6 11 6-6 6 6"],
  offline: ["M4 4l16 16", "M8.5 8.7A8 8 0 0 0 4.5 11", "M12.5 8a8 8 0 0 1 7 3", "M8.5 15a5 5 0 0 1 7 .3", "M12 19h.01"],
  alert: ["M12 5v9", "M12 19h.01"],
  loading: ["M6 12h.01", "M12 12h.01", "M18 12h.01"],
};

/** Draws the sign of a tone. */
export function sign(tone) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of SHAPES[tone] ?? SHAPES.loading) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}
