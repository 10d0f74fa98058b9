// How likely each class is, as bars.

import { make } from "./dom.js";
import { percent, sayClass } from "./words.js";

/** Return an item of a list for each class, the likeliest of them marked. */
export function bars(names, scores) {
  const most = Math.max(...scores);
  return names.map((name, i) => bar(sayClass(name), scores[i], scores[i] === most));
}

function bar(name, score, isBest) {
  const length = make("span", { className: "length" });
  length.style.width = `${100 * score}%`;
  return make(
    "li",
    { className: isBest ? "best" : "" },
    make("span", { className: "name", textContent: name }),
    make("span", { className: "bar", ariaHidden: "true" }, length),
    make("span", { className: "share", textContent: percent(score) }),
  );
}
