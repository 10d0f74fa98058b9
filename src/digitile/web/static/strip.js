// Several pictures: one button for each, with what was read on it.

import { get, make } from "./dom.js";
import { textOf } from "./lines.js";

/** Show the buttons; `onChoose` is called with the shot that was chosen. */
export function showStrip(shots, current, onChoose) {
  const strip = get("pictures");
  const focused = [...strip.children].findIndex((item) => item.contains(document.activeElement));
  strip.hidden = shots.length < 2;
  strip.replaceChildren(...(strip.hidden ? [] : shots.map((shot) => item(shot, shot === current, onChoose))));
  strip.children[focused]?.firstChild.focus();
}

function item(shot, isCurrent, onChoose) {
  const text = shot.lines ? shot.lines.map(textOf).join(", ") || "–" : shot.trouble ? "!" : "…";
  const button = make(
    "button",
    { type: "button", className: shot.trouble ? "wrong" : "", ariaPressed: String(isCurrent), disabled: !shot.picture && !shot.trouble },
    make("span", { className: "name", textContent: shot.name }),
    make("strong", { textContent: text }),
  );
  button.addEventListener("click", () => onChoose(shot));
  return make("li", {}, button);
}
