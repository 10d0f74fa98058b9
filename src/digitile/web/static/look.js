// What the network sees of one digit, and its correction.

import { get, make } from "./dom.js";
import { keep } from "./examples.js";
import { complaint, percent, say, sayClass } from "./words.js";

const AROUND = 0.2; // of a digit's height: so much of the picture is kept around it
const LARGEST = 128; // pixels of the longer side of what is kept

const panel = get("look");
let shown = null; // {picture, turned, digit, seen, onCorrect, onClose}

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
  shown = { picture, turned, digit, seen: await response.json(), onCorrect, onClose };
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

/** The digit with a little around it, upright, as the address of a PNG. */
async function cut({ picture, turned, digit: { box } }) {
  const bitmap = await createImageBitmap(picture);
  const margin = AROUND * box.height;
  const left = Math.max(0, box.x - margin);
  const top = Math.max(0, box.y - margin);
  const width = Math.min(bitmap.width, box.x + box.width + margin) - left;
  const height = Math.min(bitmap.height, box.y + box.height + margin) - top;
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  const size = [Math.round(scale * width), Math.round(scale * height)];
  const [across, down] = turned % 180 ? [size[1], size[0]] : size;
  const canvas = make("canvas", { width: across, height: down });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.translate(across / 2, down / 2);
  pen.rotate((turned * Math.PI) / 180);
  pen.drawImage(bitmap, left, top, width, height, -size[0] / 2, -size[1] / 2, ...size);
  bitmap.close();
  return canvas.toDataURL("image/png");
}

for (let label = 0; label < 10; label++) {
  const button = make("button", { type: "button", textContent: label });
  button.addEventListener("click", async () => {
    const own = shown; // the panel may be closed meanwhile
    keep(String(label), await cut(own));
    get("correction").textContent = say("kept", label);
    own.onCorrect(label);
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
