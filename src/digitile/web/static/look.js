// What the network sees of one digit, and its correction.

import { get, make } from "./dom.js";
import { keep } from "./examples.js";
import { complaint, percent, say } from "./words.js";

const panel = get("look");
let shown = null; // {digit, seen, onCorrect, onClose}

/** Ask the server for one digit of a picture and show it. */
export async function look(picture, digit, { onCorrect, onClose }) {
  const { x, y, width, height } = digit.box;
  let response;
  try {
    response = await fetch(`/api/look?box=${x},${y},${width},${height}`, { method: "POST", body: picture });
  } catch {
    get("status").textContent = say("e_away");
    return;
  }
  if (!response.ok) {
    get("status").textContent = await complaint(response);
    return;
  }
  shown = { digit, seen: await response.json(), onCorrect, onClose };
  get("correction").textContent = "";
  panel.hidden = false;
  draw();
  get("look-title").focus();
  panel.scrollIntoView({ block: "nearest" });
}

/** Close the panel; the picture has changed, or the user is done. */
export function close() {
  panel.hidden = true;
  shown = null;
}

/** Draw what is shown, in the language of now. */
export function draw() {
  if (shown === null) return;
  const { digit, seen } = shown;
  get("look-title").textContent = say("look_title", digit.digit);
  get("normalised").src = seen.digit;
  get("normalised").alt = say("normalised");
  get("scores").replaceChildren(...seen.scores.map(bar));
  get("maps").replaceChildren(...seen.maps.map(figure));
  [...get("labels").children].forEach((button, label) => {
    button.ariaLabel = say("is_really", label);
  });
}

function bar({ class: name, score }) {
  const length = make("span", { className: "length" });
  length.style.width = `${100 * score}%`;
  const best = score === Math.max(...shown.seen.scores.map((one) => one.score));
  return make(
    "li",
    { className: best ? "best" : "" },
    make("span", { className: "name", textContent: name.length > 1 ? say("no_digit") : name }),
    make("span", { className: "bar", ariaHidden: "true" }, length),
    make("span", { className: "share", textContent: percent(score) }),
  );
}

function figure({ layers, shape, png }) {
  const [count, height, width] = shape.split("×");
  const caption = say("maps_of", layers.join(" – "), count, `${height}×${width}`);
  return make(
    "figure",
    {},
    make("img", { src: png, alt: caption, className: "pixels" }),
    make("figcaption", { textContent: caption }),
  );
}

for (let label = 0; label < 10; label++) {
  const button = make("button", { type: "button", textContent: label });
  button.addEventListener("click", () => {
    keep(String(label), shown.seen.digit);
    get("correction").textContent = say("kept", label);
    shown.onCorrect(label);
  });
  get("labels").append(button);
}

get("close").addEventListener("click", () => {
  shown?.onClose();
  close();
});

panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") get("close").click();
});
