// One training, or two beside each other: their curves, settings and kernels.

import { chart } from "./chart.js";
import { get, make } from "./dom.js";
import { percent, say } from "./words.js";

/** What the page calls a training. */
export const nameOf = ({ number, recipe, data }) => say("run_name", number, recipe, data);

/** Show one training or two. */
export function compare(runs) {
  drawCurves(runs);
  drawSettings(runs);
  for (const place of [0, 1]) drawKernels(place, runs);
}

function drawCurves(runs) {
  const total = Math.max(1, ...runs.map((run) => run.total ?? 1));
  const curves = (key, dotted) =>
    runs.map(({ points }, run) => ({
      points: points.filter((one) => one[key] !== null).map((one) => [one.iteration, one[key]]),
      run,
      dotted,
    }));
  const losses = curves("loss", false);
  const validation = curves("validation", true);
  const up = 1.05 * Math.max(1e-6, ...losses.flatMap(({ points }) => points.map(([, loss]) => loss)));
  const below = say("iteration");
  chart(get("loss"), losses, {
    most: [total, up], below, label: say("loss"), format: (value) => String(Number(value.toPrecision(2))),
  });
  chart(get("accuracy"), [...curves("accuracy", false), ...validation], {
    most: [total, 1], below, label: say("accuracy"), format: (value) => `${Math.round(100 * value)} %`,
  });
  get("validation-key").hidden = validation.every(({ points }) => !points.length);
  drawNow("loss-now", runs, "loss_now", ({ loss }) => loss.toPrecision(3));
  drawNow("accuracy-now", runs, "accuracy_now", ({ accuracy }) => percent(accuracy));
}

/** What the curves have come to; with two trainings, this says whose is which. */
function drawNow(id, runs, word, format) {
  const texts = runs.map(({ number, points }, run) => {
    const now = points.length ? format(points.at(-1)) : "–";
    return make("span", { className: `run${run}`, textContent: runs.length > 1 ? say("now_of", number, now) : say(word, now) });
  });
  get(id).replaceChildren(...texts);
}

function drawSettings(runs) {
  const rows = [
    [say("recipe"), ({ recipe }) => recipe],
    [say("data"), ({ data }) => data],
    [say("lr"), ({ lr }) => String(lr)],
    [say("batch_size"), ({ batch_size: size }) => String(size)],
    [say("epochs"), ({ epochs }) => String(epochs)],
    [say("network"), ({ network }) => network],
    [say("parameters"), ({ parameters }) => parameters.toLocaleString("en")],
    [say("test"), ({ result }) => (result ? say("right", percent(result.accuracy), result.pictures.toLocaleString("en")) : "–")],
  ].map(([name, tell]) => [name, ...runs.map(tell)]);
  const table = get("settings");
  const text = JSON.stringify([runs.map(nameOf), rows]);
  if (table.dataset.text === text) return; // what is selected or read out stays
  table.dataset.text = text;
  const head = make("tr", {}, make("td"), ...runs.map((one) => make("th", { scope: "col", textContent: nameOf(one) })));
  table.replaceChildren(
    make("caption", { textContent: say("settings") }),
    make("thead", {}, head),
    make("tbody", {}, ...rows.map(settingRow)),
  );
}

function settingRow([name, ...values]) {
  const className = new Set(values).size > 1 ? "differs" : "";
  return make("tr", { className }, make("th", { scope: "row", textContent: name }), ...values.map((textContent) => make("td", { textContent })));
}

function drawKernels(place, runs) {
  const picture = get(`kernels-${place}`);
  const run = runs[place];
  picture.parentElement.hidden = run === undefined;
  if (run === undefined) return;
  picture.hidden = run.kernels === null;
  if (run.kernels !== null) picture.src = run.kernels;
  const isWithout = run.kernels === null && run.total !== null;
  get(`kernels-text-${place}`).textContent = [runs.length > 1 ? nameOf(run) : "", isWithout ? say("no_kernels") : ""].filter(Boolean).join(" – ");
}
