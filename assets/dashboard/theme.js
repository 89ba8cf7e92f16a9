// The choice of colours: as the system, light, or dark.

import { at, write } from "./dom.js";

const ORDER = ["system", "light", "dark"];
const NAMES = { system: "as the system", light: "light", dark: "dark" };

/** Sets up the button. */
export function setUpTheme() {
  const button = at("theme");
  let chosen = document.documentElement.dataset.theme ?? "system";
  const show = () => {
    write(at("theme-text"), `Colours: ${NAMES[chosen]}. Change`);
    button.title = `Colours: ${NAMES[chosen]}`;
  };
  button.addEventListener("click", () => {
    chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    try {
      localStorage.setItem("colours", chosen);
    } catch {
      // Storage may be forbidden: then the choice lasts as long as the page.
    }
    show();
    document.dispatchEvent(new Event("colours"));
  });
  show();
}
