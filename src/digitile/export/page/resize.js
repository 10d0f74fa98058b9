// OpenCV's resize of gray pictures: INTER_AREA to the same bytes, INTER_CUBIC to the nearest ones
// as OpenCV 5 does (OpenCV 4 rounds the weights).
// https://github.com/opencv/opencv/blob/4.x/modules/imgproc/src/resize.cpp

import { clip } from "./math.js";
import { byte, picture } from "./picture.js";

const TOO_LITTLE = 1e-3; // of a pixel: such a share of it is left out
const SHARPNESS = -0.75; // of the cubic: the slope at its first zero

/** Each pixel the mean of those it covers; both sides must get smaller, or stay. */
export function resizedByArea(gray, width, height) {
  if (width === gray.width && height === gray.height) return gray;
  const across = 1 / (width / gray.width);
  const down = 1 / (height / gray.height);
  if (isWhole(across) && isWhole(down)) return byBlocks(gray, width, height, Math.round(across), Math.round(down));
  const columns = shares(gray.width, width, across);
  const rows = shares(gray.height, height, down);
  const result = picture(width, height);
  const sums = new Float32Array(width); // OpenCV sums in float32, too
  const own = new Float32Array(width);
  rows.forEach(({ first, weights }, y) => {
    sums.fill(0);
    weights.forEach((weight, i) => {
      means(gray.data, (first + i) * gray.width, columns, own);
      for (let x = 0; x < width; x++) sums[x] += Math.fround(weight * own[x]);
    });
    for (let x = 0; x < width; x++) result.data[y * width + x] = byte(sums[x]);
  });
  return result;
}

/** Write a row's mean over each column of the result. */
function means(data, start, columns, result) {
  for (let x = 0; x < columns.length; x++) {
    const { first, weights } = columns[x];
    let total = 0;
    for (let i = 0; i < weights.length; i++) {
      total = Math.fround(total + Math.fround(data[start + first + i] * weights[i]));
    }
    result[x] = total;
  }
}

const isWhole = (x) => Math.abs(x - Math.round(x)) < Number.EPSILON;

/** The first pixel that each one of a smaller side covers, and how much of it and the next ones. */
function shares(side, size, scale) {
  return Array.from({ length: size }, (_, i) => {
    const [start, stop] = [i * scale, i * scale + scale];
    const cell = Math.min(scale, side - start);
    const last = Math.min(Math.floor(stop), side - 1);
    const first = Math.min(Math.ceil(start), last);
    const weights = Array(last - first).fill(1 / cell);
    const before = first - start > TOO_LITTLE;
    if (before) weights.unshift((first - start) / cell);
    if (stop - last > TOO_LITTLE) weights.push(Math.min(stop - last, 1, cell) / cell);
    return { first: before ? first - 1 : first, weights: Float32Array.from(weights) };
  });
}

/** Means of blocks of whole pixels. */
function byBlocks(gray, width, height, across, down) {
  const result = picture(width, height);
  const share = Math.fround(1 / (across * down));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let total = 0;
      for (let i = 0; i < down; i++) {
        const start = (y * down + i) * gray.width + x * across;
        for (let j = 0; j < across; j++) total += gray.data[start + j];
      }
      const halves = across === 2 && down === 2;
      result.data[y * width + x] = halves ? (total + 2) >> 2 : byte(Math.fround(total * share));
    }
  }
  return result;
}

/** Through the 4×4 pixels around each place. */
export function resizedByCubic(gray, width, height) {
  if (width === gray.width && height === gray.height) return gray;
  const columns = places(gray.width, width);
  const rows = places(gray.height, height);
  const wide = new Float32Array(width * gray.height);
  for (let y = 0; y < gray.height; y++) {
    const row = gray.data.subarray(y * gray.width, (y + 1) * gray.width);
    for (let x = 0; x < width; x++) {
      const [a, b, c, d] = columns[x].from;
      const [p, q, r, s] = columns[x].weights;
      wide[y * width + x] = p * row[a] + q * row[b] + r * row[c] + s * row[d];
    }
  }
  const result = picture(width, height);
  for (let y = 0; y < height; y++) {
    const [a, b, c, d] = rows[y].from.map((source) => source * width);
    const [p, q, r, s] = rows[y].weights;
    for (let x = 0; x < width; x++) {
      const total = p * wide[a + x] + q * wide[b + x] + r * wide[c + x] + s * wide[d + x];
      result.data[y * width + x] = byte(total);
    }
  }
  return result;
}

/** The four pixels around each place of a side, and their weights. */
function places(side, size) {
  return Array.from({ length: size }, (_, i) => {
    const place = (i + 0.5) * (side / size) - 0.5;
    const first = Math.floor(place);
    const from = [-1, 0, 1, 2].map((k) => clip(first + k, 0, side - 1));
    return { from, weights: cubicWeights(place - first) };
  });
}

/** The weights of the pixels at −1, 0, 1 and 2 for a place between 0 and 1: interpolateCubic. */
export function cubicWeights(x) {
  const a = SHARPNESS;
  const far = (d) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const near = (d) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const [first, second, third] = [far(x + 1), near(x), near(1 - x)];
  return [first, second, third, 1 - first - second - third];
}
