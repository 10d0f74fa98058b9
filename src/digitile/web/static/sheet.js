// The boxes on the picture, with their tags; and a box of the user's own, to add a digit.

import { get, make } from "./dom.js";

const STEP = 0.01; // of the picture's width: an arrow key moves the frame so far
const LEAST = 0.01; // of the picture's width: a frame that is smaller is a slip

/** Show boxes, [{box, text, style, label, onClick}], in pixels of a picture {width, height}. */
export function showBoxes(boxes, picture) {
  get("boxes").replaceChildren(...boxes.map((one) => button(one, picture)));
  placeTags();
}

function button({ box, text, style, label, onClick }, picture) {
  const made = make(
    "button",
    { type: "button", className: style, ariaLabel: label, tabIndex: -1 }, // the cards have a stop each
    make("span", { className: "tag", textContent: text }),
  );
  setPlace(made, box, picture);
  made.addEventListener("click", onClick);
  return made;
}

function setPlace(element, { x, y, width, height }, picture) {
  Object.assign(element.style, {
    left: `${(100 * x) / picture.width}%`,
    top: `${(100 * y) / picture.height}%`,
    width: `${(100 * width) / picture.width}%`,
    height: `${(100 * height) / picture.height}%`,
  });
}

const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Put each tag above or below its box, where it hides neither a digit nor another tag; else nowhere. */
function placeTags() {
  const sheet = get("boxes").getBoundingClientRect();
  const buttons = [...get("boxes").children];
  const tags = buttons.map((one) => one.firstChild);
  for (const tag of tags) tag.className = "tag";
  const taken = buttons.map((one) => one.getBoundingClientRect());
  const sizes = tags.map((tag) => tag.getBoundingClientRect());
  tags.forEach((tag, i) => {
    const { width, height } = sizes[i];
    const { left, top, bottom } = taken[i];
    const free = [["above", top - height], ["below", bottom]].find(([, y]) => {
      const place = { left, right: left + width, top: y + 0.5, bottom: y + height - 0.5 };
      const inside = place.top >= sheet.top && place.bottom <= sheet.bottom && place.right <= sheet.right;
      return inside && !taken.some((other, j) => j !== i && meet(place, other)) && taken.push(place);
    });
    tag.className = `tag ${free ? free[0] : "nowhere"}`;
  });
}

new ResizeObserver(placeTags).observe(get("boxes"));

/** Let the user draw a box; `onDone` gets it, in pixels of the picture. With keys: arrows and Enter. */
export class Frame {
  constructor(onDone) {
    this.area = get("frame");
    this.box = make("div", { id: "frame-box" });
    this.area.append(this.box);
    this.onDone = onDone;
    let start = null;
    this.area.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.area.focus({ preventScroll: true });
      this.area.setPointerCapture(event.pointerId);
      start = this.#place(event);
      this.#set({ ...start, width: 0, height: 0 });
    });
    this.area.addEventListener("pointermove", (event) => {
      if (start === null) return;
      const end = this.#place(event);
      const [x, y] = [Math.min(start.x, end.x), Math.min(start.y, end.y)];
      this.#set({ x, y, width: Math.abs(end.x - start.x), height: Math.abs(end.y - start.y) });
    });
    this.area.addEventListener("pointerup", () => {
      start = null;
      this.#finish();
    });
    this.area.addEventListener("pointercancel", () => {
      start = null;
    });
    this.area.addEventListener("keydown", (event) => this.#press(event));
  }

  get active() {
    return !this.area.hidden;
  }

  /** Let boxes be drawn on a picture, at first one of a size in its middle. */
  show(picture, width, height) {
    this.picture = picture;
    this.area.hidden = get("frame-help").hidden = false;
    this.#set({ x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height });
  }

  /** Show it, and begin with that box. */
  begin(picture, width, height) {
    this.show(picture, width, height);
    this.#focus();
  }

  /** Begin with a box at its place. */
  move(place) {
    this.#set(place);
    this.#focus();
  }

  #focus() {
    this.area.focus({ preventScroll: true });
    this.area.scrollIntoView({ block: "nearest" });
  }

  end() {
    this.area.hidden = get("frame-help").hidden = true;
  }

  #place(event) {
    const { left, top, width } = this.area.getBoundingClientRect();
    const scale = this.picture.width / width;
    const within = (value, most) => Math.min(most, Math.max(0, scale * value));
    return { x: within(event.clientX - left, this.picture.width), y: within(event.clientY - top, this.picture.height) };
  }

  #set(place) {
    const { width: most, height: high } = this.picture;
    const width = Math.min(most, place.width);
    const height = Math.min(high, place.height);
    const x = Math.min(most - width, Math.max(0, place.x));
    const y = Math.min(high - height, Math.max(0, place.y));
    this.place = { x, y, width, height };
    setPlace(this.box, this.place, this.picture);
  }

  #press(event) {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const step = STEP * this.picture.width;
    const { x, y, width, height } = this.place;
    if (event.key === "Enter") this.#finish();
    else if (event.key === "Escape") this.onDone(null);
    else if (move && event.shiftKey) {
      this.#set({ x, y, width: Math.max(step, width + step * move[0]), height: Math.max(step, height + step * move[1]) });
    } else if (move) this.#set({ x: x + step * move[0], y: y + step * move[1], width, height });
    else return;
    event.preventDefault();
  }

  #finish() {
    const least = LEAST * this.picture.width;
    if (Math.min(this.place.width, this.place.height) >= least) this.onDone(this.place);
  }
}
