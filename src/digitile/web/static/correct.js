// Corrections of what was read: labels, digits added, removed and joined.

import { get } from "./dom.js";
import { drop, keep } from "./examples.js";
import { add, join, next, remove } from "./lines.js";
import { close, look } from "./look.js";
import { Frame } from "./sheet.js";

const FRAME = 0.12; // of the picture's width: the first frame of a digit to add, where none was read

/** The corrections of the shot that `current()` gives; `onChange` is called when it has changed. */
export class Corrections {
  constructor(current, onChange) {
    this.current = current;
    this.onChange = onChange;
    this.frame = new Frame((box) => this.#framed(box));
    get("add").addEventListener("click", () => this.#begin());
  }

  /** Show one digit, to look at and to correct. */
  choose(sign) {
    this.#tidy(sign);
    look(sign, this.current(), this);
  }

  /** The picture has changed. */
  stop() {
    this.frame.end();
    close();
  }

  async label(sign, label) {
    Object.assign(sign, { label, removed: false });
    const { picture, turned } = this.current();
    const kept = keep(sign, picture, turned);
    this.onChange();
    await kept;
  }

  remove(sign) {
    forget(sign);
    remove(this.current().lines, sign);
    close();
    this.close(sign);
  }

  putBack(sign) {
    Object.assign(sign, { removed: false, label: sign.read });
    this.choose(sign);
  }

  join(sign) {
    const { lines } = this.current();
    const other = next(lines, sign);
    forget(sign);
    forget(other);
    this.choose(join(lines, sign, other));
  }

  /** The panel of a digit was closed. */
  close(sign) {
    this.#tidy(null);
    const there = this.current().lines.some(({ signs }) => signs.includes(sign));
    (there ? sign.card : get("add")).focus();
  }

  /** Take digits away that were added or joined, and not labelled. */
  #tidy(but) {
    const { lines } = this.current();
    const untold = lines.flatMap(({ signs }) => signs).filter((sign) => sign.label === null && sign !== but);
    for (const sign of untold) remove(lines, sign);
    this.onChange();
  }

  #begin() {
    close();
    this.#tidy(null);
    const { picture, lines } = this.current();
    const boxes = lines.flatMap(({ signs }) => signs).map(({ box }) => box);
    boxes.sort((a, b) => a.height - b.height);
    const side = FRAME * picture.width;
    const usual = boxes[Math.floor(boxes.length / 2)] ?? { width: side, height: side };
    this.frame.begin(picture, usual.width, usual.height);
    this.onChange();
  }

  #framed(box) {
    this.frame.end();
    if (box) {
      const { lines, turned } = this.current();
      this.choose(add(lines, box, turned));
    } else {
      this.onChange();
      get("add").focus();
    }
  }
}

function forget(sign) {
  if (sign.example) drop(sign.example);
  sign.example = undefined;
}
