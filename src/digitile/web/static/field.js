// One field of a form, to be named, described, moved and deleted.

import { make } from "./dom.js";
import { say } from "./words.js";

const MOST_NAME = 64; // characters, as in a form's file
const MOST_RULE = 100;
const MOST_CELLS = 100;

/** Return the row of a field, the `number`th; `on` has what to do: change, choose, move, remove. */
export function fieldRow(field, number, on) {
  const write = (word, key, properties, read = (value) => value) => {
    const input = make("input", { autocomplete: "off", spellcheck: false, value: field[key], ...properties });
    input.addEventListener("input", () => {
      field[key] = read(input.value);
      on.change();
    });
    return make("label", {}, make("span", { textContent: say(word) }), input);
  };
  const press = (textContent, title, ariaLabel, act) => {
    const button = make("button", { type: "button", textContent, title, ariaLabel });
    button.addEventListener("click", act);
    return button;
  };
  const rule = write("field_rule", "rule", { type: "text", maxLength: MOST_RULE });
  rule.lastChild.setAttribute("list", "rules");
  const row = make(
    "li",
    {},
    write("field_name", "name", { type: "text", maxLength: MOST_NAME }),
    write("field_cells", "cells", { type: "number", min: 1, max: MOST_CELLS, step: 1 }, Number),
    rule,
    make(
      "div",
      { className: "ends" },
      press("✥", say("move_field"), say("move_field_of", number), on.move),
      press("×", say("drop_field"), say("drop_field_of", number), on.remove),
    ),
  );
  row.addEventListener("focusin", on.choose);
  return row;
}
