// Digits that the user has labelled: kept in the browser, to download for `digitile adapt`.

import { get, make, save } from "./dom.js";
import { upright } from "./lines.js";
import { recall, remember } from "./store.js";
import { say } from "./words.js";
import { zip } from "./zip.js";

const KEY = "labelled";
const LEAST = 5; // that digitile adapt learns from
const MOST = 2000; // that it takes
const AROUND = 1; // of a digit's height: so much of the picture is kept on each side of it
const TALL = 64; // pixels of a digit's height in what is kept, at most
const QUALITY = 0.95; // of a JPEG

let kept = restored();
let full = false; // the browser keeps no more

function restored() {
  let found;
  try {
    found = JSON.parse(recall(KEY) ?? "[]");
  } catch {
    found = [];
  }
  return Array.isArray(found) ? found.filter(isExample) : [];
}

function isExample(one) {
  const place = Object.values(one?.place ?? {});
  const isPicture = typeof one?.picture === "string" && one.picture.startsWith("data:image/jpeg;base64,");
  return isPicture && /^[0-9]$/.test(one.label) && place.length === 4 && place.every(Number.isFinite);
}

/** Keep a sign as an example of its label; one that is kept already gets the new label. */
export async function keep(sign, picture, turned) {
  const known = kept.find(({ id }) => id === sign.example);
  if (known) known.label = sign.label;
  else {
    const id = (sign.example = `${Date.now()}-${Math.random()}`);
    const { label, box } = sign;
    kept.push({ id, label, ...(await cut(picture, box, turned)) });
    if (sign.example !== id || sign.label !== label) return update(sign, id);
  }
  store();
}

/** The user went on while a picture was being cut. */
function update(sign, id) {
  if (sign.example === id) kept.find((one) => one.id === id).label = sign.label;
  else drop(id);
  store();
}

/** Keep an example no longer. */
export function drop(id) {
  kept = kept.filter((one) => one.id !== id);
  store();
}

function store() {
  full = !remember(KEY, JSON.stringify(kept));
  show();
}

/** A digit with what is around it, upright: a JPEG's address, and where the digit is in it. */
async function cut({ blob, width, height }, box, turned) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  const own = upright(box, turned);
  const margin = AROUND * own.height;
  const page = upright({ x: 0, y: 0, width, height }, turned);
  const left = Math.max(page.x, own.x - margin);
  const top = Math.max(page.y, own.y - margin);
  const right = Math.min(page.x + page.width, own.x + own.width + margin);
  const bottom = Math.min(page.y + page.height, own.y + own.height + margin);
  const scale = Math.min(1, TALL / own.height);
  const size = [right - left, bottom - top].map((side) => Math.max(1, Math.round(scale * side)));
  const canvas = make("canvas", { width: size[0], height: size[1] });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // where the picture is transparent
  pen.fillRect(0, 0, ...size);
  pen.imageSmoothingQuality = "high";
  pen.scale(scale, scale);
  pen.translate(-left, -top);
  pen.rotate((turned * Math.PI) / 180);
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
  const place = { x: own.x - left, y: own.y - top, width: own.width, height: own.height };
  for (const key of Object.keys(place)) place[key] = Math.round(10 * scale * place[key]) / 10;
  return { picture: canvas.toDataURL("image/jpeg", QUALITY), place };
}

/** Show what is kept. */
export function show() {
  get("examples").hidden = kept.length === 0;
  const missing = LEAST - kept.length;
  const words = [say("count", kept.length)];
  if (missing > 0) words.push(say("too_few", LEAST, missing));
  if (kept.length > MOST) words.push(say("too_many", MOST));
  if (full) words.push(say("store_full"));
  get("count").textContent = words.join(" ");
  get("download").disabled = missing > 0 || kept.length > MOST;
  get("kept").replaceChildren(...kept.map(item));
}

function item({ id, label, picture }) {
  const away = make("button", { type: "button", textContent: "×", ariaLabel: say("drop_example", label) });
  away.addEventListener("click", () => {
    const place = kept.findIndex((one) => one.id === id);
    drop(id);
    const left = get("kept").querySelectorAll("button");
    (left[place] ?? left[place - 1] ?? get("title")).focus();
  });
  return make(
    "li",
    {},
    make("img", { src: picture, alt: say("example_alt", label) }),
    make("span", { textContent: label, ariaHidden: "true" }),
    away,
  );
}

function bytes(picture) {
  return Uint8Array.from(atob(picture.split(",")[1]), (letter) => letter.charCodeAt(0));
}

get("download").addEventListener("click", () => {
  const name = (i) => `${String(i + 1).padStart(4, "0")}.jpg`;
  const rows = kept.map(({ label, place: { x, y, width, height } }, i) => [name(i), label, x, y, width, height]);
  const table = [["file", "text", "x", "y", "width", "height"], ...rows].map((row) => `${row.join(",")}\n`).join("");
  const files = kept.map(({ picture }, i) => [`examples/${name(i)}`, bytes(picture)]);
  files.push(["examples/texts.csv", new TextEncoder().encode(table)]);
  save(zip(files), "digitile-examples.zip");
});

get("forget").addEventListener("click", () => {
  kept = [];
  store();
  get("title").focus();
});
