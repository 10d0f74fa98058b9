// The page: a sheet or a picture, and what is read on it.

import { get } from "./dom.js";
import { drawFile, pixelsOf } from "./file.js";
import { Paper } from "./paper.js";
import { showLines } from "./show.js";
import { say, sayReason, speak } from "./words.js";

const PAUSE = 350; // milliseconds after a stroke before it is read

const photo = get("photo");
get("paper").getContext("2d", { willReadFrequently: true }); // after each stroke
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
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

let isReady = false;
let shown = paper.canvas; // what is read: the sheet or the photo
let asked = 0; // how many pictures were sent: answers to earlier ones are not shown
let reading = null;
let message = () => say("loading");
let timer = 0;

worker.onmessage = ({ data: { ready, reading: answer, number, failed } }) => {
  if (ready) {
    isReady = true;
    keepOffline();
    if (asked === 0) message = () => say("waiting");
  } else if (failed !== undefined) {
    message = () => say("e_failed", failed);
  } else if (number === asked) {
    reading = answer;
    message = () =>
      answer.lines.length
        ? say("said", answer.lines.map((line) => line.text).join(", "))
        : say("none", sayReason(answer.reason));
  }
  draw();
};
worker.onerror = (event) => {
  message = () => say("e_failed", event.message ?? "");
  draw();
};

/** Keep the files for visits without a network; not all browsers can, nor all addresses. */
function keepOffline() {
  navigator.serviceWorker?.register("offline.js").catch(() => {});
}

function ask() {
  asked += 1;
  reading = null;
  message = () => say(isReady ? "reading" : "loading");
  get("status").textContent = message();
  const pixels = pixelsOf(shown);
  worker.postMessage({ pixels, number: asked }, [pixels.data.buffer]);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function clear() {
  clearTimeout(timer);
  asked += 1; // what is being read is not wanted any more
  reading = null;
  paper.clear();
  use(paper.canvas);
  message = () => say(isReady ? "waiting" : "loading");
  draw();
}

/** Show the sheet or the photo. */
function use(canvas) {
  shown = canvas;
  photo.hidden = canvas !== photo;
  paper.canvas.hidden = canvas === photo;
  get("undo").disabled = canvas === photo;
}

/** Take a picture file. */
async function take(file) {
  clear();
  try {
    await drawFile(file, photo);
  } catch {
    message = () => say("e_shown");
    draw();
    return;
  }
  use(photo);
  draw();
  ask();
}

function draw() {
  get("status").textContent = message();
  get("hint").hidden = shown === photo || !paper.empty;
  showLines(reading?.lines ?? [], shown);
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
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !paper.empty) {
    event.preventDefault();
    get("undo").click();
  }
});

speak(draw);
