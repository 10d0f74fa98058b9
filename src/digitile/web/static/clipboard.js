// Texts for the clipboard, also where the page came over plain HTTP.

import { make } from "./dom.js";

/** Put a text into the clipboard; return whether that worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // browsers keep it from pages without TLS; the older way still works there
  }
  const area = make("textarea", { value: text, className: "unseen" });
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
