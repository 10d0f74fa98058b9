// Curves over iterations, drawn as SVG.

const WIDTH = 460;
const HEIGHT = 260;
const EDGE = { left: 48, right: 12, top: 12, bottom: 36 };
const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes, text = "") {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

/** Round steps that divide 0 … most into about five. */
function ticks(most) {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

/**
 * Draw curves into an element.
 *
 * `curves` is a list of {points: [[x, y], …], run: 0 or 1 for its colour, dotted}; `most` the ends
 * of both axes, which begin at 0; `format` writes a value of the upright axis.
 */
export function chart(element, curves, { most: [across, up], format, label, below }) {
  const x = (value) => EDGE.left + (value / across) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value) => HEIGHT - EDGE.bottom - (value / up) * (HEIGHT - EDGE.top - EDGE.bottom);
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  for (const value of ticks(up)) {
    const at = { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) };
    svg.append(make("line", { ...at, class: "grid" }));
    svg.append(make("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, format(value)));
  }
  for (const value of ticks(across).slice(1)) {
    const place = { x: x(value), y: HEIGHT - EDGE.bottom + 16, "text-anchor": "middle" };
    svg.append(make("text", place, value.toLocaleString("en")));
  }
  svg.append(make("text", { x: x(across / 2), y: HEIGHT - 3, "text-anchor": "middle" }, below));
  for (const { points, run, dotted } of curves) {
    const places = points.map(([a, b]) => `${x(a).toFixed(1)},${y(Math.min(b, up)).toFixed(1)}`);
    svg.append(make("polyline", { points: places.join(" "), class: `curve run${run} ${dotted ? "dotted" : ""}` }));
    if (dotted) {
      for (const place of places) {
        const [cx, cy] = place.split(",");
        svg.append(make("circle", { cx, cy, r: 3, class: `dot run${run}` }));
      }
    }
  }
  element.replaceChildren(svg);
}
