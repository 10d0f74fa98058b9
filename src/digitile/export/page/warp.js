// OpenCV's warpAffine of gray pictures, INTER_CUBIC: to the nearest bytes, as OpenCV 5 does (OpenCV 4
// rounds places to a 32nd of a pixel).

import { byte, picture } from "./picture.js";
import { cubicWeights } from "./resize.js";

/**
 * A picture of the places that a matrix leads to, its pixels' middles at whole numbers.
 *
 * @param back two rows of three numbers, from places of the result to places of `gray`
 * @param beyond the gray outside of it
 */
export function warped(gray, back, width, height, beyond) {
  const [[a, b, c], [d, e, f]] = back;
  const result = picture(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      result.data[y * width + x] = pixel(gray, a * x + b * y + c, d * x + e * y + f, beyond);
    }
  }
  return result;
}

/** The gray at a place, through the 4×4 pixels around. */
function pixel({ width, height, data }, u, v, beyond) {
  const [left, top] = [Math.floor(u) - 1, Math.floor(v) - 1];
  if (left >= width || left + 4 <= 0 || top >= height || top + 4 <= 0) return beyond;
  const [across, down] = [cubicWeights(u - left - 1), cubicWeights(v - top - 1)];
  let total = 0;
  for (let i = 0; i < 4; i++) {
    const y = top + i;
    const isRow = y >= 0 && y < height;
    for (let j = 0; j < 4; j++) {
      const x = left + j;
      const gray = isRow && x >= 0 && x < width ? data[y * width + x] : beyond;
      total += down[i] * across[j] * gray;
    }
  }
  return byte(total);
}
