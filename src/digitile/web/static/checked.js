// What is checked by the server while it is being written.

import { ask } from "./api.js";

const PAUSE = 250; // milliseconds after a change before it is checked

/** Asks what `question()` returns, [path, options], and calls `onCheck` when more is known. */
export class Check {
  constructor(question, onCheck) {
    this.known = null; // what the server says of it
    this.trouble = null; // or what is wrong with it
    this.question = question;
    this.onCheck = onCheck;
    this.asked = null; // aborts the question before
    this.timer = 0;
  }

  /** It has changed, and may do so again soon. */
  soon() {
    this.#forget();
    this.timer = setTimeout(() => this.#ask(), PAUSE);
    this.onCheck();
  }

  /** It is another one. */
  now() {
    this.#forget();
    this.trouble = null;
    this.onCheck();
    this.#ask();
  }

  #forget() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.known = null;
  }

  async #ask() {
    const own = (this.asked = new AbortController());
    const [path, options] = this.question();
    try {
      this.known = await ask(path, { ...options, signal: own.signal });
      this.trouble = null;
    } catch (error) {
      if (error.name === "AbortError") return;
      this.trouble = error;
    }
    this.onCheck();
  }
}
