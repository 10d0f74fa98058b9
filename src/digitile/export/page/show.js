// What was read: boxes on the picture, and the lines beside it.

import { get, make } from "./dom.js";
import { percent, say } from "./words.js";

const UNSURE = 0.9;
const HEADROOM = 0.1; // of the picture's height: above a box nearer to its top, there is no room for the tag
const WORTH_SHOWING = 0.001; // the confidence of an alternative
const ALTERNATIVES = 2;

/** Show the lines that were read on a picture of so many pixels. */
export function showLines(lines, { width, height }) {
  get("boxes").classList.remove("old");
  get("boxes").replaceChildren(...lines.flatMap((line) => line.digits.map((digit) => box(digit, width, height))));
  get("lines").replaceChildren(...lines.map(lineItem));
}

function box({ sign, confidence, box: { x, y, width, height } }, across, down) {
  const tag = y < HEADROOM * down ? "tag inside" : "tag";
  const element = make("div", { className: style(confidence) }, make("span", { className: tag, textContent: sign }));
  const share = (length, side) => `${(100 * length) / side}%`;
  Object.assign(element.style, {
    left: share(x, across),
    top: share(y, down),
    width: share(width, across),
    height: share(height, down),
  });
  return element;
}

const style = (confidence) => (confidence < UNSURE ? "unsure" : "sure");

const worthShowing = (alternatives) =>
  alternatives.filter((one) => one.confidence >= WORTH_SHOWING).slice(0, ALTERNATIVES);

function lineItem(line) {
  const facts = [say("sure", percent(line.confidence)), say(line.accepted ? "accepted" : "rejected")];
  if (!line.measured) facts.push(say("unmeasured"));
  const others = worthShowing(line.alternatives).map((one) => say("or_text", one.text, percent(one.confidence)));
  return make(
    "li",
    {},
    make("p", { className: "text", textContent: line.text }),
    make("p", { className: "soft", textContent: facts.join(" · ") }),
    ...(others.length ? [make("p", { className: "soft", textContent: others.join(" · ") })] : []),
    make("ul", { className: "digits" }, ...line.digits.map(card)),
  );
}

function card({ sign, confidence, alternatives }) {
  const others = worthShowing(alternatives).map((one) => `${one.text} ${percent(one.confidence)}`);
  return make(
    "li",
    { className: style(confidence) },
    make("strong", { textContent: sign }),
    make("span", { textContent: percent(confidence) }),
    ...others.map((text) => make("small", { textContent: text })),
  );
}
