// The page that reads: a sheet or pictures, and what was read on them.

import { Trouble } from "./api.js";
import { copy } from "./clipboard.js";
import { Corrections } from "./correct.js";
import { get } from "./dom.js";
import { show as showExamples } from "./examples.js";
import { receiveFiles, samplePicture } from "./files.js";
import { seen, textOf, toCsv } from "./lines.js";
import { draw as drawLook } from "./look.js";
import { Paper } from "./paper.js";
import { quarter } from "./pictures.js";
import { describe, showResult, style } from "./result.js";
import { showBoxes } from "./sheet.js";
import { openShot, readShot } from "./shots.js";
import { showStrip } from "./strip.js";
import { put, say, sayReason, sayTrouble, speak } from "./words.js";

const PAUSE = 350; // milliseconds after a stroke before it is read
const TOLD = 4000; // milliseconds for which "copied" is shown

let shots = [];
let current = null;
let trouble = null; // what did not work, where there is no shot to show it with
let progress = null; // {done, all} while shots are read
const running = { sheet: null, files: null }; // each aborts what is being read
let timer = 0;

const size = matchMedia("(max-width: 44rem)").matches ? [800, 700] : [1200, 560];
const paper = new Paper(get("paper"), {
  size,
  stroke: size[0] / 45,
  onPen: () => {
    clearTimeout(timer);
    get("hint").hidden = true;
    get("boxes").classList.add("old");
  },
  onStroke: soon,
});
const corrections = new Corrections(() => current, draw);

function soon() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const { width, height } = paper.canvas;
    const blob = await paper.blob();
    running.files?.abort();
    readAll([{ name: "drawing", sent: blob, picture: { blob, width, height }, isSheet: true }], start("sheet"));
  }, PAUSE);
}

function start(kind) {
  running[kind]?.abort();
  running[kind] = new AbortController();
  trouble = null;
  return running[kind].signal;
}

/** Go back to an empty sheet. */
function clear() {
  clearTimeout(timer);
  running.sheet?.abort();
  running.files?.abort();
  paper.clear();
  trouble = progress = null;
  place([]);
}

/** Show other shots in place of those before. */
function place(fresh) {
  for (const { address } of shots) if (address) URL.revokeObjectURL(address);
  shots = fresh;
  show(shots.find(({ picture }) => picture) ?? null);
}

function show(shot) {
  current = shot;
  corrections.stop();
  draw();
}

/** Take picture files; what was there stays until the first of them is there. */
async function take(files) {
  const fresh = files.map((file) => ({ name: file.name, file }));
  const signal = start("files");
  await readAll(fresh, signal);
  if (signal.aborted || shots === fresh) return;
  trouble = fresh.at(-1).trouble; // none of them is a picture
  draw();
}

/** Read shots one after the other. */
async function readAll(fresh, signal) {
  for (let at = 0; at < fresh.length; at++) {
    const shot = fresh[at];
    progress = { done: at, all: fresh.length };
    drawProgress();
    try {
      await openShot(shot);
      if (signal.aborted) return;
      if (!shot.isSheet) placeNew(shot, fresh);
      fresh.splice(at + 1, 0, ...(await readShot(shot, rules(), signal)));
      shot.trouble = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      shot.trouble = error instanceof Trouble ? error : new Trouble("e_shown");
    }
    if (signal.aborted) return;
    placeNew(shot, fresh);
    if (shots.includes(shot)) draw();
  }
  progress = null;
  draw();
}

/** Show new shots as soon as there is something to see of them. */
function placeNew(shot, fresh) {
  if (!shot.picture || shots.includes(shot)) return;
  if (!shot.isSheet) {
    clearTimeout(timer);
    running.sheet?.abort();
  }
  place(fresh);
}

function rules() {
  const words = new URLSearchParams();
  if (get("field").value.trim()) words.set("field", get("field").value.trim());
  if (get("max-error").value) words.set("max_error", get("max-error").value);
  return words;
}

function reread(some) {
  for (const shot of some) Object.assign(shot, { reading: null, lines: undefined });
  show(current);
  readAll([...some], start(current?.isSheet ? "sheet" : "files"));
}

function draw() {
  drawSheet();
  drawProgress();
  showStrip(shots, current, (shot) => {
    if (shot.picture) return show(shot);
    trouble = shot.trouble;
    drawProgress();
  });
  const { lines = [], grid, turned } = current ?? {};
  showResult({ lines, grid: lines.length ? grid : null, turned }, (sign) => corrections.choose(sign));
  get("help").hidden = !lines.length;
  get("add").hidden = !current?.lines || corrections.frame.active;
  get("copies").hidden = !shots.some((shot) => shot.lines?.length);
}

function drawSheet() {
  const isPhoto = Boolean(current) && !current.isSheet;
  const { width, height } = current?.picture ?? paper.canvas;
  if (isPhoto && !current.address) current.address = URL.createObjectURL(current.picture.blob);
  if (isPhoto && get("photo").src !== current.address) get("photo").src = current.address;
  get("photo").hidden = get("turn").hidden = !isPhoto;
  get("paper").hidden = get("undo").hidden = isPhoto;
  get("undo").disabled = paper.empty;
  get("hint").hidden = isPhoto || !paper.empty;
  get("sheet").style.setProperty("--ratio", width / height);
  get("boxes").classList.remove("old");
  const digits = (current?.lines ?? []).flatMap(seen).filter(({ isDigit }) => isDigit);
  const shown = digits.map((sign) => ({
    box: sign.box,
    text: sign.label ?? "?",
    style: style(sign),
    label: describe(sign),
    onClick: () => corrections.choose(sign),
  }));
  showBoxes(shown, { width, height });
}

function drawProgress() {
  const bar = get("busy");
  bar.hidden = progress === null;
  get("turn").disabled = progress !== null;
  if (progress?.all > 1) [bar.max, bar.value] = [progress.all, progress.done];
  else bar.removeAttribute("value");
  const wrong = trouble ?? current?.trouble;
  get("trouble").hidden = !wrong;
  put("trouble", wrong ? sayTrouble(wrong) : "");
  put("status", sayStatus());
  const isSaidBelow = progress === null && Boolean(current?.lines?.length);
  get("status").classList.toggle("unseen", isSaidBelow);
}

function sayStatus() {
  if (progress?.all > 1) return say("reading_some", progress.done + 1, progress.all);
  if (progress) return say("reading");
  if (current?.lines?.length) return say("said", current.lines.map(textOf).join(", "));
  if (current?.reading) return say("none", sayReason(current.reading.reason));
  return current?.trouble || trouble ? "" : say("waiting");
}

get("undo").addEventListener("click", () => {
  paper.undo();
  if (paper.empty) clear();
  else soon();
});
get("clear").addEventListener("click", clear);
get("turn").addEventListener("click", async () => {
  const shot = current;
  get("turn").disabled = true;
  const picture = await quarter(shot.picture);
  if (!shots.includes(shot)) return;
  URL.revokeObjectURL(shot.address);
  Object.assign(shot, { picture, sent: picture.blob, address: null, scale: 1 });
  reread([shot]);
});
receiveFiles(["choose", "photograph"], take);
for (const id of ["field", "max-error"]) {
  get(id).addEventListener("change", () => shots.length && reread(shots));
}
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.tagName !== "INPUT") {
    event.preventDefault();
    if (!get("undo").hidden && !paper.empty) get("undo").click();
  }
});
for (const button of get("samples").querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    try {
      await take([await samplePicture(button.dataset.sample)]);
    } catch {
      trouble = new Trouble("e_away");
      drawProgress();
    }
  });
}

function offerCopy(id, toText) {
  get(id).addEventListener("click", async () => {
    const done = await copy(toText(shots.filter((shot) => shot.lines?.length)));
    get("copied").textContent = done ? say("copied") : say("not_copied");
    setTimeout(() => put("copied", ""), TOLD);
  });
}

offerCopy("copy-text", (read) => read.map(({ lines }) => lines.map(textOf).filter(Boolean).join("\n")).join("\n\n"));
offerCopy("copy-csv", (read) => toCsv(read.map(({ name, lines }) => [name, lines])));

speak(() => {
  draw();
  drawLook();
  showExamples();
});
