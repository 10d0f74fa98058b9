// Elements in few words.

/** Return a new element: its properties, then its children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const get = (id) => document.getElementById(id);
