// Ink of a line that its text leaves unread. Follows digitile/reader/unread.py.

import { evenContrast } from "./contrast.js";
import { clip, median, percentile, range, sum } from "./math.js";
import { MIDDLE } from "./numbers/preprocess.js";
import { MOST_UNREAD, PAPER, UNREAD_ENDS } from "./numbers/tuned.js";

/** The most ink between two signs of a text, or at its ends, as a share of a sign's: unread. */
export function unread(strip, boxes) {
  const side = (i) => boxes.map((box) => box[i]);
  const [top, bottom] = [median(side(1)), median(side(3))];
  const height = bottom - top;
  const even = evenContrast(strip);
  const rows = range(strip.height).slice(Math.max(Math.trunc(top), 0), Math.ceil(bottom));
  const start = Math.max(Math.trunc(Math.min(...side(0)) - UNREAD_ENDS * height), 0);
  const last = Math.ceil(Math.max(...side(2)) + UNREAD_ENDS * height);
  const stop = Math.max(Math.min(last, strip.width), 0);
  if (!rows.length || stop <= start) return 0;
  const dark = range(strip.width).map(
    (x) => sum(rows.map((y) => Math.abs(even.data[y * strip.width + x] - MIDDLE))) / rows.length,
  );
  const paper = percentile(dark.slice(start, stop), PAPER);
  const ink = dark.map((x) => Math.max(x - paper, 0));
  const covered = coveredColumns(boxes, strip.width);
  const own = sum(ink.filter((_, x) => covered[x])) / boxes.length;
  let [most, part] = [0, 0];
  for (let x = start; x < stop; x++) {
    part = covered[x] ? 0 : part + ink[x];
    most = Math.max(most, part);
  }
  return Math.min(most / Math.max(own, 1e-6), MOST_UNREAD);
}

/** Which columns of a strip a box lies on: _covered. */
function coveredColumns(boxes, width) {
  const covered = Array(width).fill(false);
  for (const [left, , right] of boxes) {
    covered.fill(true, Math.trunc(clip(left, 0, width)), Math.ceil(clip(right, 0, width)));
  }
  return covered;
}
