// A network's line of text, checked by the server while it is written.

import { Check } from "./checked.js";
import { get, make } from "./dom.js";
import { put, say, sayTrouble } from "./words.js";

export class NetworkLine {
  /** `onCheck` is called when more is known of the line. */
  constructor(onCheck) {
    this.check = new Check(() => [`/network?${new URLSearchParams({ network: this.text })}`], onCheck);
    get("network").addEventListener("input", () => this.check.soon());
  }

  /** What the server says of the line, or null. */
  get known() {
    return this.check.known;
  }

  get text() {
    return get("network").value.replace(/\s+/g, " ").trim();
  }

  get fits() {
    return this.known !== null && this.known.classes === this.classes;
  }

  set(text) {
    get("network").value = text;
    this.check.now();
  }

  /** Show its layers with their shapes and parameters, for pictures of so many classes. */
  draw(classes) {
    this.classes = classes;
    const { known, trouble } = this.check;
    const misfit = known && known.classes !== classes ? say("misfit", known.classes, classes) : "";
    const wrong = trouble ? trouble.detail || sayTrouble(trouble) : misfit;
    get("network").ariaInvalid = String(Boolean(wrong));
    get("network-trouble").hidden = !wrong;
    put("network-trouble", wrong);
    if (known === null) return; // the layers before stay while one is typing
    const input = { layer: say("input"), shape: known.input, parameters: 0 };
    get("layers").replaceChildren(...[input, ...known.layers].map(layerItem));
  }
}

function layerItem({ layer, shape, parameters }) {
  const count = parameters ? say("weights", parameters.toLocaleString("en")) : "";
  return make(
    "li",
    {},
    make("strong", { textContent: layer }),
    make("span", { textContent: shape }),
    make("small", { textContent: count }),
  );
}
