// Requests to the server, and what can go wrong with them.

import { language } from "./words.js";

const API = "/api/v1";

/** What did not work: the key of its words, and what the server said besides. */
export class Trouble extends Error {
  constructor(key, detail = "") {
    super(key);
    this.key = key;
    this.detail = detail;
  }
}

const KEYS = { 408: "e_late", 413: "e_large", 422: "e_picture", 503: "e_busy" };

/** The address of something on the server. */
export const address = (path) => API + path;

/** Ask the server for something; return its answer as a value. Throws `Trouble`, or AbortError. */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(address(path), { ...options, headers: { "Accept-Language": language(), ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("e_away");
  }
  const body = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return {};
  });
  if (!response.ok) throw new Trouble(KEYS[response.status] ?? "e_other", body.error);
  return body;
}
