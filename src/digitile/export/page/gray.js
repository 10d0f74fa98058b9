// From a picture of any size and colours to one gray picture. Follows digitile/reader/gray.py.

import { argmax, mean, median, mirrored, range, round } from "./math.js";
import { CLEARER, GLANCE_SIDE, MANY_COLOURS, MOST_PIXELS } from "./numbers/gray.js";
import { byte, picture } from "./picture.js";
import { resizedByArea, resizedByCubic } from "./resize.js";

/** The channel of a canvas's pixels in which writing is clearest: to_gray. */
export function toGray(pixels) {
  const { width, height } = pixels;
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (height * width)));
  const size = [Math.max(1, round(scale * width)), Math.max(1, round(scale * height))];
  const [red, green, blue, alpha] = channelsOf(pixels);
  if (alpha.data.every((a) => a === 255)) {
    return clearestChannel([red, green, blue].map((one) => resized(one, ...size)));
  }
  const seen = [red, green, blue].map((one) => {
    // weighted before scaling, so that hidden colours do not bleed into the seen ones
    const weighed = channel(width, height, (k) => byte((one.data[k] * alpha.data[k]) / 255));
    return resized(weighed, ...size);
  });
  return clearestChannel(onGround(seen, resized(alpha, ...size)));
}

/** Red, green, blue and opacity, each as a picture. */
function channelsOf({ width, height, data }) {
  const channels = range(4).map(() => picture(width, height));
  for (let k = 0; k < width * height; k++) {
    for (let i = 0; i < 4; i++) channels[i].data[k] = data[4 * k + i];
  }
  return channels;
}

function channel(width, height, value) {
  const result = picture(width, height);
  for (let k = 0; k < result.data.length; k++) result.data[k] = value(k);
  return result;
}

/** The gray that a picture would go on with beyond its edge: edge_gray. */
export function edgeGray({ width, height, data }) {
  const edge = [0, height - 1].flatMap((y) => [...data.subarray(y * width, (y + 1) * width)]);
  for (const x of [0, width - 1]) range(height).forEach((y) => edge.push(data[y * width + x]));
  return Math.floor(median(edge));
}

/** A picture of another size, each pixel the mean of those it covers: resized. */
function resized(gray, width, height) {
  return width < gray.width ? resizedByArea(gray, width, height) : resizedByCubic(gray, width, height);
}

/** Colours, weighted by their alpha, laid on an opaque ground: _on_ground. */
function onGround(seen, alpha) {
  const { width, height } = alpha;
  const solid = range(width * height).filter((k) => alpha.data[k] > 127);
  if (!solid.length) return seen.map(() => channel(width, height, () => 255));
  const colours = seen.map((one) => solid.map((k) => (255 * one.data[k]) / alpha.data[k]));
  let ground = colours.map(median);
  const [distance, share] = MANY_COLOURS;
  const far = solid.filter((_, n) => colours.some((one, i) => Math.abs(one[n] - ground[i]) > distance));
  if (far.length / solid.length < share) ground = Array(3).fill(mean(ground) > 127 ? 0 : 255);
  return seen.map((one, i) =>
    channel(width, height, (k) => byte(one.data[k] + (1 - alpha.data[k] / 255) * ground[i])),
  );
}

/** The brightness, or red, green or blue where writing is clearer in it: _clearest_channel. */
function clearestChannel([red, green, blue]) {
  const brightness = channel(red.width, red.height, (k) => {
    // OpenCV's RGB2GRAY: 0.299, 0.587 and 0.114 in 32768ths
    return (9798 * red.data[k] + 19235 * green.data[k] + 3735 * blue.data[k] + 16384) >> 15;
  });
  const channels = [brightness, red, green, blue];
  const contrasts = channels.map(contrast);
  contrasts[0] *= CLEARER;
  return channels[argmax(contrasts)];
}

/** A channel's standard deviation, without what slow changes of light have part in: _contrasts. */
function contrast(gray) {
  const { width, height } = gray;
  const scale = Math.min(1, GLANCE_SIDE / Math.max(width, height));
  const small = resizedByArea(gray, Math.max(1, round(scale * width)), Math.max(1, round(scale * height)));
  const slow = blurred(small, Math.max(small.width, small.height) / 6);
  const sharp = slow.map((x, k) => small.data[k] - x);
  const middle = mean(sharp);
  return Math.sqrt(mean(sharp.map((x) => (x - middle) ** 2)));
}

/** OpenCV's GaussianBlur of float32. */
function blurred({ width, height, data }, sigma) {
  const half = Math.floor(round(8 * sigma + 1) / 2);
  const bell = range(2 * half + 1).map((i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
  const kernel = bell.map((x) => x / bell.reduce((a, b) => a + b));
  const filtered = (side, value) => (i) =>
    kernel.reduce((total, weight, k) => total + weight * value(mirrored(side, i + k - half)), 0);
  const across = Float64Array.from(data, (_, k) => {
    const start = k - (k % width);
    return filtered(width, (x) => data[start + x])(k % width);
  });
  return across.map((_, k) => filtered(height, (y) => across[y * width + (k % width)])(Math.floor(k / width)));
}
