// The server's trainings, of which one may be running.

import { Trouble, address, ask } from "./api.js";

export class Runs {
  /** `onChange` is called when a training has something new, or the server cannot be reached. */
  constructor(onChange) {
    this.all = []; // as the server tells them, the latest first
    this.trouble = null;
    this.onChange = onChange;
  }

  async load() {
    ({ trainings: this.all } = await ask("/trainings"));
    for (const { id } of this.all.filter(({ state }) => state === "running")) this.#follow(id);
  }

  find(id) {
    return this.all.find((one) => one.id === id);
  }

  get running() {
    return this.all.find(({ state }) => state === "running");
  }

  /** Start a training; return it. */
  async start(wanted) {
    const headers = { "Content-Type": "application/json" };
    const started = await ask("/trainings", { method: "POST", headers, body: JSON.stringify(wanted) });
    this.all.unshift(started);
    this.#follow(started.id);
    return started;
  }

  async stop() {
    await ask(`/trainings/${this.running.id}`, { method: "DELETE" });
  }

  /** Take what comes of a training; the first event tells all of it. */
  #follow(id) {
    const source = new EventSource(address(`/trainings/${id}/events`));
    source.onmessage = ({ data }) => {
      const news = JSON.parse(data);
      const run = this.find(id);
      Object.assign(run, { ...news, points: [...run.points.slice(0, news.since), ...news.points] });
      if (run.state !== "running") source.close();
      this.onChange();
    };
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.trouble = new Trouble("e_away");
      this.onChange();
    };
    source.onopen = () => {
      this.trouble = null;
    };
  }
}
