// One digit: its correction, and what the network sees of it.

import { ask } from "./api.js";
import { bars } from "./bars.js";
import { get, make } from "./dom.js";
import { next } from "./lines.js";
import { percent, say, sayClass, sayTrouble } from "./words.js";

const panel = get("look");
let shown = null; // {sign, shot: {picture, turned, lines}, on, isAsked, seen, trouble}
let asked = null; // aborts the question before
let pointed = null; // the place under the pointer, {row, column} of the maps

/** Show a sign of a picture; `on` has what to do when its label, or what it is made of, is told. */
export function look(sign, shot, on) {
  asked?.abort();
  shown = { sign, shot, on, isAsked: false, seen: null, trouble: null };
  pointed = null;
  get("correction").textContent = "";
  panel.hidden = false;
  draw();
  if (get("inside").open) fetchSeen();
  get("look-title").focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
}

/** Close the panel; the picture has changed, or the user is done. */
export function close() {
  asked?.abort();
  panel.hidden = true;
  shown = null;
}

async function fetchSeen() {
  if (shown === null || shown.isAsked) return;
  const own = shown;
  const { shot: { picture, turned }, sign } = own;
  own.isAsked = true;
  const mine = (asked = new AbortController());
  const box = ["x", "y", "width", "height"].map((key) => Math.max(0, Math.round(sign.box[key])));
  const words = `box=${box[0]},${box[1]},${Math.max(1, box[2])},${Math.max(1, box[3])}&turned=${turned}`;
  try {
    own.seen = await ask(`/look?${words}`, { method: "POST", body: picture.blob, signal: mine.signal });
  } catch (error) {
    if (error.name === "AbortError") return;
    own.trouble = error;
  }
  if (shown === own) draw();
}

/** Draw what is shown, in the language of now. */
export function draw() {
  if (shown === null) return;
  const { sign, shot: { lines }, seen, trouble } = shown;
  const label = sign.label ?? "?";
  get("look-title").textContent = sign.removed ? say("removed_title", label) : say("look_title", label);
  [...get("labels").children].forEach((button, digit) => {
    button.ariaLabel = say("is_really", digit);
    button.ariaPressed = String(!sign.removed && sign.label === String(digit));
  });
  get("remove").textContent = say(sign.removed ? "put_back" : sign.parts ? "part" : "remove");
  get("join").hidden = sign.removed || next(lines, sign) === null;
  get("inside-wait").hidden = seen !== null || trouble !== null;
  get("inside-trouble").hidden = trouble === null;
  get("inside-trouble").textContent = trouble ? sayTrouble(trouble) : "";
  get("inside-all").hidden = seen === null;
  if (seen !== null) drawSeen(seen);
}

function drawSeen(seen) {
  get("patch").src = seen.patch;
  get("patch").alt = say("patch");
  get("places").replaceChildren(
    place("own", seen.box),
    ...seen.rivals.map((one) => place("rival", one.box)),
    make("span", { className: "point" }),
  );
  get("maps").replaceChildren(...seen.scores.map(map));
  get("no-rivals").hidden = seen.rivals.length > 0;
  get("rivals").replaceChildren(...seen.rivals.map(rival));
  point(pointed);
}

function place(kind, { x, y, width, height }) {
  const box = make("span", { className: kind });
  const share = (length) => `${(100 * length) / shown.seen.side}%`;
  Object.assign(box.style, { left: share(x), top: share(y), width: share(width), height: share(height) });
  return box;
}

/** How many places a map has in a row. */
const across = () => Math.sqrt(shown.seen.scores[0].values.length);

/** Mark a place in the patch and in every map, and tell what the network sees there. */
function point(where) {
  pointed = where;
  const { scores } = shown.seen;
  for (const mark of panel.querySelectorAll(".point")) {
    mark.hidden = where === null;
    if (where === null) continue;
    const share = 100 / across();
    Object.assign(mark.style, { left: `${share * where.column}%`, top: `${share * where.row}%`, width: `${share}%`, height: `${share}%` });
  }
  const values = where === null
    ? scores.map(({ score }) => score)
    : scores.map(({ values }) => values[where.row * across() + where.column] / 100);
  get("scores-title").textContent = say(where === null ? "scores" : "scores_there");
  get("scores").replaceChildren(...bars(scores.map(({ class: name }) => name), values));
}

function map({ class: name, map: source }) {
  const caption = sayClass(name);
  const picture = make("img", { src: source, alt: say("map_of", caption), className: "pixels" });
  const frame = make("div", { className: "map" }, picture, make("span", { className: "point", hidden: true }));
  return make("figure", {}, frame, make("figcaption", { textContent: caption }));
}

function rival({ class: name, score }) {
  return make("li", { textContent: say("or_text", sayClass(name), percent(score)) });
}

for (let digit = 0; digit < 10; digit++) {
  const button = make("button", { type: "button", textContent: digit });
  button.addEventListener("click", async () => {
    const own = shown; // the panel may be closed meanwhile
    await own.on.label(own.sign, String(digit));
    if (shown !== own) return;
    draw();
    get("correction").textContent = say("kept", digit);
  });
  get("labels").append(button);
}

get("remove").addEventListener("click", () => {
  const { sign, on } = shown;
  if (sign.removed) on.putBack(sign);
  else on.remove(sign);
});
get("join").addEventListener("click", () => shown.on.join(shown.sign));
get("inside").addEventListener("toggle", () => get("inside").open && fetchSeen());

get("close").addEventListener("click", () => {
  const { on, sign } = shown;
  close();
  on.close(sign);
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") get("close").click();
});
for (const area of ["patch-frame", "maps"]) {
  get(area).addEventListener("pointermove", (event) => {
    const frame = event.target.closest(".map, .patch");
    if (frame === null || !shown?.seen) return;
    const { left, top, width, height } = frame.getBoundingClientRect();
    const cell = (part) => Math.min(across() - 1, Math.max(0, Math.floor(part * across())));
    point({ row: cell((event.clientY - top) / height), column: cell((event.clientX - left) / width) });
  });
  get(area).addEventListener("pointerleave", () => shown?.seen && point(null));
}
