// The model: its network, run by ONNX Runtime Web, and what else the reader needs of it.

import { env, InferenceSession, Tensor } from "./runtime/ort.wasm.bundle.min.mjs";
import { Sight } from "./sight.js";

const MOST_THREADS = 4; // more do not make a network so small faster

/** Load the model, and return what looks at pictures with it. */
export async function loadSight() {
  env.wasm.wasmPaths = { wasm: new URL("runtime/ort-wasm-simd-threaded.wasm", import.meta.url).href };
  // several threads need memory that they share, which servers must allow; see offline.js
  env.wasm.numThreads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
  const [model, network] = await Promise.all([
    fetched("model.json").then((response) => response.json()),
    fetched("model.onnx").then((response) => response.arrayBuffer()),
  ]);
  const session = await InferenceSession.create(network);
  return new Sight(model, (gray) => run(session, gray));
}

/** A file beside this one. */
async function fetched(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name}: HTTP status ${response.status}`);
  return response;
}

/** The network's maps of a gray picture. */
async function run(session, { width, height, data }) {
  const images = new Tensor("uint8", data, [1, 1, height, width]);
  const { probabilities, boxes } = await session.run({ images });
  const [, , rows, columns] = probabilities.dims;
  return { rows, columns, probabilities: probabilities.data, boxes: boxes.data };
}
