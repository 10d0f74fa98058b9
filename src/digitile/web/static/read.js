// The page that reads: a sheet or a picture, and what was read on it.

import { get, make } from "./dom.js";
import { show as showExamples } from "./examples.js";
import { close, draw as drawLook, look } from "./look.js";
import { Paper } from "./paper.js";
import { complaint, percent, say, sayReason, speak } from "./words.js";

const PAUSE = 350; // milliseconds after a stroke before it is read
const LONGEST = 2400; // pixels of a photo's longer side as it is sent
const UNSURE = 0.9;
const HEADROOM = 0.1; // of the picture's height: above a box nearer to its top, there is no room for the tag

let picture = null; // what was sent last: {blob, width, height}
let reading = null; // and what came back
let message = () => say("waiting");
let asked = null; // aborts the question before
let timer = 0;

const paper = new Paper(get("paper"), {
  onPen: () => {
    clearTimeout(timer);
    get("hint").hidden = true;
    get("boxes").classList.add("old");
  },
  onStroke: soon,
});

function soon() {
  clearTimeout(timer);
  timer = setTimeout(async () => ask(await paper.blob(), paper.canvas), PAUSE);
}

/** Go back to an empty sheet. */
function clear() {
  clearTimeout(timer);
  asked?.abort();
  paper.clear();
  usePhoto(null);
  picture = reading = null;
  message = () => say("waiting");
  show();
}

function usePhoto(address) {
  if (get("photo").src.startsWith("blob:")) URL.revokeObjectURL(get("photo").src);
  get("photo").hidden = address === null;
  get("paper").hidden = address !== null;
  if (address === null) get("photo").removeAttribute("src");
  else get("photo").src = address;
  get("undo").disabled = address !== null;
  get("hint").hidden = address !== null || !paper.empty;
}

/** Take a picture file: turned upright and scaled here, so that what is sent is what is seen. */
async function take(file) {
  clear();
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    message = () => say("e_shown");
    show();
    return;
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = make("canvas", {
    width: Math.max(1, Math.round(scale * bitmap.width)),
    height: Math.max(1, Math.round(scale * bitmap.height)),
  });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const kind = file.type === "image/jpeg" ? ["image/jpeg", 0.95] : ["image/png"];
  const blob = await new Promise((done) => canvas.toBlob(done, ...kind));
  usePhoto(URL.createObjectURL(blob));
  ask(blob, canvas);
}

/** Have a picture read; a later question takes this one's place. */
async function ask(blob, { width, height }) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const words = new URLSearchParams();
  if (get("field").value.trim()) words.set("field", get("field").value.trim());
  if (get("max-error").value) words.set("max_error", get("max-error").value);
  picture = { blob, width, height };
  reading = null;
  message = () => say("reading");
  get("status").textContent = message();
  try {
    const response = await fetch(`/api/read?${words}`, { method: "POST", body: blob, signal: mine.signal });
    if (response.ok) {
      reading = await response.json();
      message = () =>
        reading.lines.length
          ? say("said", reading.lines.map(told).join(", "))
          : say("none", sayReason(reading.reason));
    } else {
      const text = await complaint(response);
      message = () => text;
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    message = () => say("e_away");
  }
  show();
}

/** Show what was read: boxes on the picture, and the lines beside it. */
function show() {
  close();
  draw();
}

function draw() {
  get("status").textContent = message();
  get("hint").hidden = !paper.empty || !get("photo").hidden;
  const lines = reading?.lines ?? [];
  get("boxes").classList.remove("old");
  get("boxes").replaceChildren(...lines.flatMap((line) => line.digits.map(box)));
  get("lines").replaceChildren(...lines.map(lineItem));
  get("cells").hidden = !reading?.grid;
  get("cells").replaceChildren(...(reading?.grid ? [cellTable(reading.grid)] : []));
  get("help").hidden = lines.length === 0;
}

function open(digit) {
  look(picture.blob, reading.turned, digit, {
    onCorrect: (label) => {
      digit.corrected = label;
      draw();
    },
    onClose: () => digit.card.focus(),
  });
}

function box(digit) {
  const { x, y, width, height } = digit.box;
  const tag = y < HEADROOM * picture.height ? "tag inside" : "tag";
  const button = make(
    "button",
    { type: "button", className: style(digit), ariaLabel: label(digit), tabIndex: -1 }, // the cards have a stop each
    make("span", { className: tag, textContent: digit.corrected ?? digit.digit }),
  );
  Object.assign(button.style, {
    left: `${(100 * x) / picture.width}%`,
    top: `${(100 * y) / picture.height}%`,
    width: `${(100 * width) / picture.width}%`,
    height: `${(100 * height) / picture.height}%`,
  });
  button.addEventListener("click", () => open(digit));
  return button;
}

function style(digit) {
  if (digit.corrected !== undefined) return "corrected";
  return digit.confidence < UNSURE ? "unsure" : "sure";
}

function label(digit) {
  return say("digit_label", digit.digit, percent(digit.confidence));
}

/** A line's text: with its gaps, or with its marks. */
function told(line) {
  return line.marks.length ? line.text : line.groups.join(" ");
}

function lineItem(line) {
  const others = likely(line.alternatives)
    .map((one) => say("or_text", one.text, percent(one.confidence)))
    .join(" · ");
  const facts = [say("sure", percent(line.confidence)), say(line.accepted ? "accepted" : "rejected")];
  if (!line.measured) facts.push(say("unmeasured"));
  const item = make(
    "li",
    {},
    make("p", { className: "text", textContent: told(line) }),
    make("p", { className: "facts", textContent: facts.join(" · ") }),
  );
  if (line.value !== null) item.append(make("p", { textContent: say("value", line.value) }));
  if (line.note !== null) item.append(make("p", { className: "soft", textContent: say("note", line.note) }));
  if (line.repaired) item.append(make("p", { className: "soft", textContent: say("repaired", line.repaired) }));
  if (others && line.digits.length > 1) item.append(make("p", { className: "soft", textContent: others }));
  item.append(make("div", { className: "digits" }, ...line.digits.map(card)));
  return item;
}

/** A grid as a table, with rows and columns numbered. */
function cellTable(grid) {
  const header = (scope) => (_, i) => make("th", { scope, textContent: i + 1 });
  return make(
    "table",
    {},
    make("caption", { textContent: say("cells") }),
    make("thead", {}, make("tr", {}, make("td"), ...grid.rows[0].map(header("col")))),
    make("tbody", {}, ...grid.rows.map((row, i) => make("tr", {}, header("row")(row, i), ...row.map(tableCell)))),
  );
}

function tableCell(cell) {
  const doubt = cell.accepted ? "" : say("rejected");
  return make("td", { className: cell.accepted ? "sure" : "unsure", textContent: cell.text, title: doubt });
}

/** The alternatives worth showing. */
function likely(alternatives) {
  return alternatives.filter((one) => one.confidence >= 0.001).slice(0, 2);
}

function card(digit) {
  const corrected = digit.corrected !== undefined;
  const others = likely(digit.alternatives).map((one) => `${one.text} ${percent(one.confidence)}`);
  digit.card = make(
    "button",
    { type: "button", className: style(digit), ariaLabel: label(digit) },
    make("strong", { textContent: digit.corrected ?? digit.digit }),
    make("span", { textContent: corrected ? say("was", digit.digit) : percent(digit.confidence) }),
    ...(corrected ? [] : others).map((text) => make("small", { textContent: text })),
  );
  digit.card.addEventListener("click", () => open(digit));
  return digit.card;
}

get("undo").addEventListener("click", () => {
  paper.undo();
  if (paper.empty) clear();
  else soon();
});
get("clear").addEventListener("click", clear);
for (const id of ["choose", "photograph"]) {
  get(id).addEventListener("change", ({ target }) => {
    if (target.files.length) take(target.files[0]);
    target.value = "";
  });
}
for (const id of ["field", "max-error"]) {
  get(id).addEventListener("change", () => picture && ask(picture.blob, picture));
}
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (file) take(file);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.tagName !== "INPUT") {
    event.preventDefault();
    if (!get("undo").disabled && !paper.empty) get("undo").click();
  }
});

speak(() => {
  draw();
  drawLook();
  showExamples();
});
