// Reads pictures beside the page, so that it never stands still. It is sent {pixels, number} and
// answers {reading, number}; only the latest picture is read to its end. It says {ready} once it has the
// model, and {failed} where something does not work.

import { loadSight } from "./network.js";
import { readPage } from "./page.js";
import { picture } from "./picture.js";
import { Sight } from "./sight.js";

const SMALL = 64; // pixels of a first picture, on which the network gets ready

let latest = null;
let before = Promise.resolve();
const loading = load();

async function load() {
  const sight = await loadSight();
  await sight.see(picture(SMALL, SMALL));
  return sight;
}

/** The same sight, which gives up once another picture was sent. */
function whileWanted(sight, question) {
  return new Sight(sight.model, async (gray) => {
    await new Promise((done) => setTimeout(done)); // messages arrive meanwhile
    if (question !== latest) throw new Outdated();
    return sight.run(gray);
  });
}

class Outdated extends Error {}

async function read(question) {
  try {
    const sight = whileWanted(await loading, question);
    postMessage({ reading: await readPage(question.pixels, sight), number: question.number });
  } catch (error) {
    if (!(error instanceof Outdated)) postMessage({ failed: String(error) });
  }
}

self.onmessage = ({ data }) => {
  latest = data;
  before = before.then(() => (data === latest ? read(data) : null)); // one after the other
};

loading.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ failed: String(error) }),
);
