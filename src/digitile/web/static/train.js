// The page that watches a training.

import { chart } from "./chart.js";
import { get, make } from "./dom.js";
import { complaint, percent, say, speak } from "./words.js";

let recipes = [];
let training = null; // as the server tells it
let source = null;
let trouble = "";

async function load() {
  try {
    recipes = (await (await fetch("/api/recipes")).json()).recipes;
    get("recipe").replaceChildren(...recipes.map(({ name }) => make("option", { value: name, textContent: name })));
    get("recipe").value = localStorage.getItem("recipe") ?? "sjtu2025";
    if (!get("recipe").value) get("recipe").selectedIndex = 0;
    choose();
    const [latest] = (await (await fetch("/api/trainings")).json()).trainings;
    if (latest) follow(latest);
  } catch {
    trouble = "e_away";
  }
  draw();
}

const chosen = () => recipes.find(({ name }) => name === get("recipe").value);

function choose() {
  const before = get("data").value;
  get("data").replaceChildren(
    ...chosen().data.map((name) => make("option", { value: name, textContent: say(`data_${name}`) })),
  );
  if (chosen().data.includes(before)) get("data").value = before;
  describe();
}

function describe() {
  const { network, parameters, epochs, batch_size: batch, lr, about } = chosen();
  get("network").textContent = network;
  get("plan").textContent = say("plan", parameters.toLocaleString("en"), epochs, batch, lr);
  get("about").textContent = about;
}

/** Show a training and what comes of it; the first event tells all of it. */
function follow(latest) {
  training = latest;
  source?.close();
  source = new EventSource(`/api/trainings/${training.id}/events`);
  source.onmessage = ({ data }) => {
    const news = JSON.parse(data);
    training = { ...news, points: [...training.points.slice(0, news.since), ...news.points] };
    if (training.state !== "running") source.close();
    draw();
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) trouble = "e_away";
    draw();
  };
  source.onopen = () => {
    trouble = "";
  };
}

function draw() {
  const running = training?.state === "running";
  get("start").disabled = running || recipes.length === 0;
  get("stop").disabled = !running;
  put("status", trouble ? sayTrouble() : sayState());
  get("live").hidden = training === null;
  if (training === null) return;
  const { points, total, kernels, state } = training;
  const last = points.at(-1);
  const progress = get("progress");
  if (total === null) progress.removeAttribute("value");
  else [progress.max, progress.value] = [total, state === "done" ? total : (last?.iteration ?? 0)];
  progress.hidden = state !== "running";
  get("loss-now").textContent = last ? say("loss_now", last.loss.toPrecision(3)) : "";
  get("accuracy-now").textContent = last ? say("accuracy_now", percent(last.accuracy)) : "";
  curves(points, total ?? 1);
  get("kernels").hidden = kernels === null;
  get("no-kernels").hidden = kernels !== null || total === null;
  if (kernels !== null) get("kernels-now").src = kernels;
  get("model").hidden = state !== "done";
  get("model").href = `/api/trainings/${training.id}/model`;
}

/** Change a live region only where its words change, so that it is not read out again. */
function put(id, text) {
  if (get(id).textContent !== text) get(id).textContent = text;
}

const sayTrouble = () => (trouble.startsWith("e_") ? say(trouble) : trouble);

function sayState() {
  if (training === null) return say("idle");
  const { recipe, data, state, points, total, result, error } = training;
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

function curves(points, total) {
  const along = (key) => points.filter((one) => one[key] !== null).map((one) => [one.iteration, one[key]]);
  const losses = along("loss");
  const up = Math.max(...losses.map(([, loss]) => loss), 1e-6) * 1.05;
  const below = say("iteration");
  chart(get("loss"), [{ points: losses }], {
    most: [total, up], below, label: say("loss"), format: (value) => String(Number(value.toPrecision(2))),
  });
  const validation = along("validation");
  chart(get("accuracy"), [{ points: along("accuracy") }, { points: validation, second: true }], {
    most: [total, 1], below, label: say("accuracy"), format: (value) => `${Math.round(100 * value)} %`,
  });
  get("validation-key").hidden = validation.length === 0;
}

get("recipe").addEventListener("change", () => {
  localStorage.setItem("recipe", get("recipe").value);
  choose();
});

get("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  get("start").disabled = true;
  trouble = "";
  const wanted = { recipe: get("recipe").value, data: get("data").value };
  try {
    const response = await fetch("/api/trainings", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wanted),
    });
    if (response.ok) follow(await response.json());
    else trouble = await complaint(response);
  } catch {
    trouble = "e_away";
  }
  draw();
});

get("stop").addEventListener("click", async () => {
  get("stop").disabled = true;
  await fetch(`/api/trainings/${training.id}`, { method: "DELETE" }).catch(() => {
    trouble = "e_away";
  });
  draw();
});

speak(() => {
  if (recipes.length) choose();
  draw();
});
load();
