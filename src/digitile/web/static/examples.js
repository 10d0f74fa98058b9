// Digits the user has corrected: kept in the browser, to download.

import { get, make } from "./dom.js";
import { say } from "./words.js";
import { zip } from "./zip.js";

const KEY = "examples";
let kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");

/** Keep a digit, the address of its PNG, as an example of a label. */
export function keep(label, png) {
  kept.push({ label, png });
  store();
}

function store() {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // the browser's store is full: they last as long as the page
  }
  show();
}

/** Show what is kept. */
export function show() {
  get("examples").hidden = kept.length === 0;
  get("count").textContent = say("count", kept.length);
  get("kept").replaceChildren(
    ...kept.map(({ label, png }) =>
      make(
        "li",
        {},
        make("img", { src: png, alt: say("example_alt", label), className: "pixels" }),
        make("span", { textContent: label, ariaHidden: "true" }),
      ),
    ),
  );
}

function bytes(png) {
  return Uint8Array.from(atob(png.split(",")[1]), (letter) => letter.charCodeAt(0));
}

get("download").addEventListener("click", () => {
  const files = kept.map(({ label, png }, i) => [
    `examples/${label}/${String(i + 1).padStart(4, "0")}.png`,
    bytes(png),
  ]);
  const address = URL.createObjectURL(zip(files));
  make("a", { href: address, download: "digitile-examples.zip" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
});

get("forget").addEventListener("click", () => {
  kept = [];
  store();
});
