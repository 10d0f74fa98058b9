// What was read on a picture: its lines, each with a card for every digit, and its grid.

import { get, make } from "./dom.js";
import { isCorrected, seen, textOf, upright } from "./lines.js";
import { percent, say } from "./words.js";

const UNSURE = 0.9;
const WORTH_TELLING = 0.01; // a confidence below it says no more than that the line is a guess

/** Show lines and grid; `onDigit` is called with the digit that was chosen. */
export function showResult({ lines, grid, turned }, onDigit) {
  get("lines").replaceChildren(...lines.map((line) => lineItem(line, onDigit)));
  get("cells").hidden = !grid;
  get("cells").replaceChildren(...(grid ? [cellTable(grid, lines, turned)] : []));
}

/** How sure a digit is, as a class of its box and its card. */
export function style(sign) {
  if (sign.removed) return "removed";
  if (sign.label !== sign.read || sign.example) return "corrected";
  return sign.confidence < UNSURE ? "unsure" : "sure";
}

export function describe(sign) {
  if (sign.removed) return say("digit_removed", sign.label);
  if (sign.label === null) return say("digit_new");
  if (sign.label !== sign.read) return say("digit_corrected", sign.label);
  return say("digit_label", sign.label, percent(sign.confidence));
}

function facts(line) {
  if (isCorrected(line)) return say("by_hand");
  const words = line.accepted
    ? [say("sure", percent(line.confidence)), say("accepted")]
    : [say("rejected"), line.confidence < WORTH_TELLING ? say("guess") : say("only_sure", percent(line.confidence))];
  if (!line.measured) words.push(say("unmeasured"));
  return words.join(" · ");
}

function lineItem(line, onDigit) {
  const doubtful = !line.accepted && !isCorrected(line);
  const item = make(
    "li",
    { className: doubtful ? "doubtful" : "" },
    make("p", { className: "text", textContent: textOf(line) }),
    make("p", { className: "facts", textContent: facts(line) }),
  );
  if (!isCorrected(line)) {
    const soft = (text) => item.append(make("p", { className: "soft", textContent: text }));
    if (line.value !== null) item.append(make("p", { textContent: say("value", line.value) }));
    if (line.note !== null) soft(say("note", line.note));
    if (line.repaired) soft(say("repaired", line.repaired));
    const others = likely(line.alternatives).map((one) => say("or_text", one.text, percent(one.confidence)));
    if (others.length && line.signs.length > 1) soft(others.join(" · "));
  }
  const cards = line.signs.filter(({ isDigit }) => isDigit).map((sign) => card(sign, onDigit));
  item.append(make("div", { className: "digits" }, ...cards));
  return item;
}

/** The alternatives worth showing. */
function likely(alternatives) {
  return alternatives.filter((one) => one.confidence >= 0.001).slice(0, 2);
}

function card(sign, onDigit) {
  const own = style(sign);
  const below =
    own === "removed" ? say("removed")
    : sign.label === sign.read ? percent(sign.confidence)
    : sign.read === null ? say("added")
    : say("was", sign.read);
  const others = own === "sure" || own === "unsure" ? likely(sign.alternatives) : [];
  sign.card = make(
    "button",
    { type: "button", className: own, ariaLabel: describe(sign) },
    make("strong", { textContent: sign.label ?? "?" }),
    make("span", { textContent: below }),
    ...others.map((one) => make("small", { textContent: `${one.text} ${percent(one.confidence)}` })),
  );
  sign.card.addEventListener("click", () => onDigit(sign));
  return sign.card;
}

/** A grid as a table, with rows and columns numbered. */
function cellTable(grid, lines, turned) {
  const header = (scope) => (_, i) => make("th", { scope, textContent: i + 1 });
  const row = (cells, i) =>
    make("tr", {}, header("row")(i, i), ...cells.map((cell) => tableCell(cell, lines, turned)));
  return make(
    "table",
    {},
    make("caption", { textContent: say("cells") }),
    make("thead", {}, make("tr", {}, make("td"), ...grid.rows[0].map(header("col")))),
    make("tbody", {}, ...grid.rows.map(row)),
  );
}

function tableCell(cell, lines, turned) {
  const text = corrected(cell, lines, turned);
  const sure = cell.accepted || text !== null;
  return make("td", { className: sure ? "sure" : "unsure", textContent: text ?? cell.text, title: sure ? "" : say("rejected") });
}

/** The text of a cell that has a corrected line in it, by the signs that lie there; else null. */
function corrected({ box }, lines, turned) {
  const inside = ({ box: own }) => {
    const [x, y] = [own.x + own.width / 2 - box.x, own.y + own.height / 2 - box.y];
    return x >= 0 && y >= 0 && x < box.width && y < box.height;
  };
  const touched = lines.filter((line) => isCorrected(line) && line.signs.some(inside));
  if (!touched.length) return null;
  const signs = lines.flatMap(seen).filter(inside);
  const place = (sign) => upright(sign.box, turned).x;
  return signs.sort((a, b) => place(a) - place(b)).map(({ label }) => label ?? "?").join("");
}
