// A pad to draw a digit on, which the networks that are shown tell, while they learn and afterwards.

import { ask } from "./api.js";
import { bars } from "./bars.js";
import { nameOf } from "./compare.js";
import { get, make } from "./dom.js";
import { Paper } from "./paper.js";
import { put, say, sayTrouble } from "./words.js";

const SIDE = 280; // pixels of the pad: ten times what most networks see
const STROKE = 22; // pixels: as thick as MNIST's

let shown = []; // the trainings
let drawing = null; // {blob, number}
let strokes = 0; // that were made or undone so far
let isAsking = false;
let trouble = null;
const answers = new Map(); // of each training by its id: {about: what it was asked, told}

const paper = new Paper(get("pad"), {
  size: [SIDE, SIDE],
  stroke: STROKE,
  onPen: () => {
    get("hint").hidden = true;
  },
  onStroke: take,
});

async function take() {
  const number = ++strokes;
  const blob = paper.empty ? null : await paper.blob();
  if (number !== strokes) return;
  drawing = blob && { blob, number };
  draw();
  askAll();
}

/** Show what trainings say of the drawing, and ask those again that have learnt since. */
export function tryOut(runs) {
  shown = runs.filter(({ classes }) => classes?.every((name) => /^[0-9]$/.test(name)));
  draw();
  askAll();
}

/** What an answer depends on. */
const about = ({ points, state }) => `${drawing.number} ${points.length} ${state}`;

const isDue = (run) => answers.get(run.id)?.about !== about(run);

async function askAll() {
  if (isAsking) return;
  isAsking = true;
  for (let run; (run = drawing && shown.find(isDue)); ) await askOne(run);
  isAsking = false;
}

async function askOne({ id, ...run }) {
  const answer = { about: about(run), told: answers.get(id)?.told };
  answers.set(id, answer);
  try {
    answer.told = await ask(`/trainings/${id}/classify`, { method: "POST", body: drawing.blob });
    trouble = null;
  } catch (error) {
    trouble = error;
  }
  draw();
}

function draw() {
  get("try").hidden = shown.length === 0;
  get("hint").hidden = !paper.empty;
  get("undo").disabled = get("clear").disabled = paper.empty;
  get("try-trouble").hidden = !drawing || !trouble;
  put("try-trouble", drawing && trouble ? sayTrouble(trouble) : "");
  const told = shown.map((run) => [run, drawing && answers.get(run.id)?.told]);
  get("answers").replaceChildren(...told.filter(([, one]) => one).map(([run, one]) => answerOf(run, one, shown.indexOf(run))));
  put("answer", told.map(([run, one]) => (one ? say("told", nameOf(run), best(one)) : "")).join(" "));
}

function answerOf(run, told, place) {
  const names = told.scores.map((one) => one.class);
  return make(
    "div",
    { className: `run${place}` },
    make("p", { className: "text", textContent: best(told) }),
    make("p", { className: "soft", textContent: say("after", nameOf(run), told.iterations.toLocaleString("en")) }),
    make("ul", { className: "scores" }, ...bars(names, told.scores.map(({ score }) => score))),
  );
}

const best = ({ scores }) => scores.reduce((a, b) => (b.score > a.score ? b : a)).class;

get("undo").addEventListener("click", () => {
  paper.undo();
  take();
});
get("clear").addEventListener("click", () => {
  paper.clear();
  take();
});
