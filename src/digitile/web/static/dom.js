// Elements in few words.

/** Return a new element: its properties, then its children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Give the user a file. */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Offer options, [value, text] each, where they differ from those before; keep or set what is chosen. */
export function offer(select, options, chosen = select.value) {
  const isSame = select.length === options.length && options.every(([value, text], i) => select[i].value === value && select[i].text === text);
  if (!isSame) select.replaceChildren(...options.map(([value, textContent]) => make("option", { value, textContent })));
  select.value = chosen;
}

export const get = (id) => document.getElementById(id);
