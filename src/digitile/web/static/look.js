// What the network sees of one digit, and its correction.

import { get, make } from "./dom.js";
import { keep } from "./examples.js";
import { complaint, percent, say, sayClass } from "./words.js";

const panel = get("look");
let shown = null; // {digit, seen, onCorrect, onClose}

/** Ask the server for one digit of a picture, which was turned to be read, and show it. */
export async function look(picture, turned, digit, { onCorrect, onClose }) {
  const { x, y, width, height } = digit.box;
  const words = `box=${x},${y},${width},${height}&turned=${turned}`;
  let response;
  try {
    response = await fetch(`/api/look?${words}`, { method: "POST", body: picture });
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
  get("patch").src = seen.patch;
  get("patch").alt = say("patch");
  get("places").replaceChildren(place("own", seen.box), ...seen.rivals.map((one) => place("rival", one.box)));
  get("scores").replaceChildren(...seen.scores.map(bar));
  get("maps").replaceChildren(...seen.scores.map(figure));
  get("no-rivals").hidden = seen.rivals.length > 0;
  get("rivals").replaceChildren(...seen.rivals.map(rival));
  [...get("labels").children].forEach((button, label) => {
    button.ariaLabel = say("is_really", label);
  });
}

function place(kind, { x, y, width, height }) {
  const box = make("span", { className: kind });
  const share = (length) => `${(100 * length) / shown.seen.side}%`;
  Object.assign(box.style, { left: share(x), top: share(y), width: share(width), height: share(height) });
  return box;
}

function bar({ class: name, score }) {
  const length = make("span", { className: "length" });
  length.style.width = `${100 * score}%`;
  const best = score === Math.max(...shown.seen.scores.map((one) => one.score));
  return make(
    "li",
    { className: best ? "best" : "" },
    make("span", { className: "name", textContent: sayClass(name) }),
    make("span", { className: "bar", ariaHidden: "true" }, length),
    make("span", { className: "share", textContent: percent(score) }),
  );
}

function figure({ class: name, map }) {
  const caption = sayClass(name);
  return make(
    "figure",
    {},
    make("img", { src: map, alt: say("map_of", caption), className: "pixels" }),
    make("figcaption", { textContent: caption }),
  );
}

function rival({ class: name, score }) {
  return make("li", { textContent: say("or_text", sayClass(name), percent(score)) });
}

for (let label = 0; label < 10; label++) {
  const button = make("button", { type: "button", textContent: label });
  button.addEventListener("click", () => {
    keep(String(label), shown.seen.patch);
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
