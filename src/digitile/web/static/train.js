// The page that watches a training.

import { Trouble, address, ask } from "./api.js";
import { compare, nameOf } from "./compare.js";
import { get, offer } from "./dom.js";
import { NetworkLine } from "./network.js";
import { Runs } from "./runs.js";
import { recall, remember } from "./store.js";
import { tryOut } from "./try.js";
import { put, say, sayTrouble, speak } from "./words.js";

const NUMBERS = ["lr", "batch_size", "epochs"];

let recipes = [];
let trouble = null;

const runs = new Runs(draw);
const line = new NetworkLine(draw);

async function load() {
  try {
    ({ recipes } = await ask("/recipes"));
    get("settable").hidden = !recipes.length;
    if (!recipes.length) throw new Trouble("training_off");
    offer(get("recipe"), recipes.map(({ name }) => [name, name]), recall("recipe") ?? "sjtu2025");
    if (!get("recipe").value) get("recipe").selectedIndex = 0;
    choose();
    await runs.load();
  } catch (error) {
    trouble = error;
  }
  draw();
}

const chosen = () => recipes.find(({ name }) => name === get("recipe").value);

/** Fill the form with what a recipe says. */
function choose() {
  const recipe = chosen();
  offerData(recipe.data.includes("digits") ? "digits" : recipe.data[0]);
  for (const id of NUMBERS) get(id).value = recipe[id];
  line.set(recipe.network);
  get("about").textContent = recipe.about;
  draw();
}

function offerData(wanted) {
  offer(get("data"), chosen().data.map((name) => [name, say(`data_${name}`)]), wanted);
}

/** What of the form differs from the recipe. */
function changes() {
  const recipe = chosen();
  const changed = {};
  for (const id of NUMBERS) if (Number(get(id).value) !== recipe[id]) changed[id] = Number(get(id).value);
  if (line.text !== recipe.network) changed.network = line.text;
  return changed;
}

/** The trainings that are shown: one, or two to compare. */
function shownRuns() {
  const run = runs.find(get("run").value);
  const beside = runs.find(get("beside").value);
  return beside && beside !== run ? [run, beside] : [run];
}

function draw() {
  drawForm();
  const options = runs.all.map((one) => [one.id, nameOf(one)]);
  offer(get("run"), options, runs.find(get("run").value)?.id ?? options[0]?.[0]);
  const others = options.filter(([id]) => id !== get("run").value);
  offer(get("beside"), [["", say("none_beside")], ...others], others.some(([id]) => id === get("beside").value) ? get("beside").value : "");
  get("choice").hidden = options.length < 2;
  const [run] = shownRuns();
  const failed = run?.state === "failed";
  const wrong = trouble ?? runs.trouble;
  get("trouble").hidden = !wrong && !failed;
  put("trouble", wrong ? sayTrouble(wrong) : failed ? sayState(run) : "");
  put("status", wrong || failed ? "" : sayState(run));
  get("live").hidden = !run;
  if (!run) return;
  drawProgress(run);
  get("model").hidden = run.state !== "done";
  get("model").href = address(`/trainings/${run.id}/model`);
  compare(shownRuns());
  tryOut(shownRuns());
}

function drawProgress({ points, total, state }) {
  const progress = get("progress");
  progress.hidden = state !== "running";
  if (total === null) progress.removeAttribute("value");
  else [progress.max, progress.value] = [total, points.at(-1)?.iteration ?? 0];
}

function drawForm() {
  get("stop").disabled = !runs.running;
  if (!recipes.length) return;
  for (const id of NUMBERS) get(id).ariaInvalid = String(!get(id).validity.valid || Number(get(id).value) === 0);
  const numbersFit = NUMBERS.every((id) => get(id).ariaInvalid === "false");
  line.draw(chosen().classes);
  get("start").disabled = Boolean(runs.running) || !numbersFit || !line.fits;
  get("reset").hidden = !Object.keys(changes()).length;
  const { parameters } = line.known ?? chosen();
  put("plan", numbersFit ? say("plan", parameters.toLocaleString("en"), ...["epochs", "batch_size", "lr"].map((id) => get(id).value)) : say("number_help"));
}

function sayState(run) {
  if (!run) return say("idle");
  const { recipe, data, state, points, total, result, error } = run;
  if (state === "done") {
    const right = (result.pictures - result.wrong).toLocaleString("en");
    const share = `${right} (${(100 * result.accuracy).toFixed(2)} %)`;
    return say("done", recipe, data, share, result.pictures.toLocaleString("en"));
  }
  if (state === "failed") return say("failed", recipe, data, error);
  if (state === "stopped") return say("stopped", recipe, data);
  if (points.length === 0) return say("preparing", recipe, data);
  return say("running", recipe, data, points.at(-1).epoch, points.at(-1).iteration.toLocaleString("en"), total.toLocaleString("en"));
}

get("recipe").addEventListener("change", () => {
  remember("recipe", get("recipe").value);
  choose();
});
get("reset").addEventListener("click", () => {
  choose();
  get("recipe").focus();
});
for (const id of NUMBERS) get(id).addEventListener("input", draw);
for (const id of ["run", "beside"]) get(id).addEventListener("change", draw);

get("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  get("start").disabled = true;
  trouble = null;
  const wanted = { recipe: get("recipe").value, data: get("data").value, ...changes() };
  try {
    const { id } = await runs.start(wanted);
    draw(); // now it can be chosen
    get("run").value = id;
  } catch (error) {
    trouble = error;
  }
  draw();
});

get("stop").addEventListener("click", async () => {
  get("stop").disabled = true;
  await runs.stop().catch((error) => {
    trouble = error;
  });
  draw();
});

speak(() => {
  if (recipes.length) offerData(get("data").value);
  draw();
});
load();
