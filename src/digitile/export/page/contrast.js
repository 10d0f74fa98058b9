// Evened contrast: what the page network is shown of a picture. Follows digitile/contrast.py.

import { mirrored, range } from "./math.js";
import { LEAST, SQUARE } from "./numbers/contrast.js";
import { MIDDLE, SPREAD } from "./numbers/preprocess.js";
import { picture } from "./picture.js";

/** A gray picture with the same mean and spread everywhere: even_contrast. */
export function evenContrast(gray) {
  const f = Math.fround; // Python computes in float32, and so are its results cut to integers
  const mean = squareMeans(gray, (x) => x);
  const square = squareMeans(gray, (x) => x * x);
  const even = picture(gray.width, gray.height);
  for (let i = 0; i < even.data.length; i++) {
    const spread = f(Math.sqrt(Math.max(f(square[i] - f(mean[i] * mean[i])), 0)));
    const x = f(MIDDLE + f(f(SPREAD * f(gray.data[i] - mean[i])) / f(spread + LEAST)));
    even.data[i] = Math.min(Math.max(x, 0), 255);
  }
  return even;
}

/** The mean of each pixel's square of a value of its pixels: OpenCV's blur and sqrBoxFilter. */
function squareMeans({ width, height, data }, value) {
  const across = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    slide(width, (x) => value(row[x]), (x, total) => (across[y * width + x] = total));
  }
  const means = new Float32Array(width * height);
  const share = 1 / (SQUARE * SQUARE);
  for (let x = 0; x < width; x++) {
    slide(height, (y) => across[y * width + x], (y, total) => (means[y * width + x] = total * share));
  }
  return means;
}

/** Tell the sum of the values around each place of a side. */
function slide(side, value, tell) {
  const half = (SQUARE - 1) / 2;
  let total = 0;
  for (const i of range(SQUARE)) total += value(mirrored(side, i - half));
  for (let i = 0; i < side; i++) {
    tell(i, total);
    total += value(mirrored(side, i + 1 + half)) - value(mirrored(side, i - half));
  }
}
