// Gray pictures: {width, height, data}, one byte for each pixel, row by row.

import { round } from "./math.js";

export function picture(width, height, data = new Uint8Array(width * height)) {
  return { width, height, data };
}

/** A rectangle of a picture: NumPy's gray[top:bottom, left:right]. */
export function part(gray, left, top, right, bottom) {
  [right, bottom] = [Math.min(right, gray.width), Math.min(bottom, gray.height)];
  const cut = picture(right - left, bottom - top);
  for (let y = top; y < bottom; y++) {
    const start = y * gray.width;
    cut.data.set(gray.data.subarray(start + left, start + right), (y - top) * cut.width);
  }
  return cut;
}

/** A picture with another one laid on it. */
export function laid(ground, gray, left, top) {
  for (let y = 0; y < gray.height; y++) {
    const row = gray.data.subarray(y * gray.width, (y + 1) * gray.width);
    ground.data.set(row, (top + y) * ground.width + left);
  }
  return ground;
}

/** A picture with `pad` pixels of one gray on each side: NumPy's pad. */
export function padded(gray, pad, value) {
  const ground = picture(gray.width + 2 * pad, gray.height + 2 * pad);
  ground.data.fill(value);
  return laid(ground, gray, pad, pad);
}

/** A picture turned clockwise by a multiple of 90°: NumPy's rot90 of minus as many. */
export function turned(gray, degrees) {
  for (let times = degrees / 90; times > 0; times--) {
    const { width, height, data } = gray;
    gray = picture(height, width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) gray.data[x * height + height - 1 - y] = data[y * width + x];
    }
  }
  return gray;
}

/** The difference of the lightest and the darkest gray: NumPy's ptp. */
export function spread(gray) {
  let [low, high] = [255, 0];
  for (const value of gray.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
}

/** A byte of a number: OpenCV's saturate_cast. */
export const byte = (x) => (x <= 0 ? 0 : x >= 255 ? 255 : round(x));
