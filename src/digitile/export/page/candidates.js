// What the network sees: {box: [left, top, right, bottom], p}, p how likely each sign of SIGNS is, or
// none. Follows digitile/reader/candidates.py.

import { sum } from "./math.js";
import { DIGITS, NONE } from "./numbers/candidates.js";
import { INSIDE, MOST, SAME } from "./numbers/tuned.js";

export const heightOf = ({ box }) => box[3] - box[1];
export const widthOf = ({ box }) => box[2] - box[0];
export const centreOf = ({ box }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

/** How likely it is the digit that it is likeliest to be: Candidates.digit. */
export const digitOf = ({ p }) => Math.max(...p.slice(0, DIGITS));

/** How likely it is any digit. */
export const anyDigitOf = ({ p }) => sum(p.slice(0, DIGITS));

/** Whether it is likelier a digit than a mark: Candidates.is_digit. */
export const isDigit = ({ p }) => sum(p.slice(0, DIGITS)) > sum(p.slice(DIGITS, NONE));

/** Candidates where digits are expected: the logit of none is less by `missed`: Candidates.expected. */
export function expected(line, missed) {
  return line.map(({ box, p }) => {
    const less = p.map((x, i) => (i === NONE ? x * Math.exp(-missed) : x));
    const total = sum(less);
    return { box, p: less.map((x) => x / total) };
  });
}

/** Candidates with their boxes elsewhere. */
export const withBoxes = (line, change) => line.map(({ box, p }) => ({ box: change(box), p }));

export const areaOf = (box) => (box[2] - box[0]) * (box[3] - box[1]);

/** The area that two boxes share: shared. */
export function shared(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

/** Where boxes of a picture lie when it is turned clockwise: turned_boxes. */
export function turnedBoxes(boxes, width, height, degrees) {
  for (let times = degrees / 90; times > 0; times--) {
    const across = height;
    boxes = boxes.map(([left, top, right, bottom]) => [across - bottom, left, across - top, right]);
    [width, height] = [height, width];
  }
  return boxes;
}

/** One candidate, the mean, for all that mean the same digit: merged. */
export const merged = (found) => groups(found).map((group) => weighed(group));

/** The candidates of several views of the same: averaged. */
export function averaged(views) {
  return groups(views.flat()).map((group) => {
    const unseen = Math.max(views.length - group.length, 0);
    const total = Math.max(views.length, group.length);
    const p = group[0].p.map((_, i) => (sum(group.map((own) => own.p[i])) + (i === NONE ? unseen : 0)) / total);
    return { box: weighed(group).box, p };
  });
}

/** The mean of candidates; likelier ones weigh more. */
function weighed(group) {
  const weights = group.map(({ p }) => (1 - p[NONE]) ** 2);
  const total = sum(weights);
  const mean = (value) => sum(group.map((own, k) => (weights[k] / total) * value(own)));
  const { box, p } = group[0];
  return { box: box.map((_, i) => mean((own) => own.box[i])), p: p.map((_, i) => mean((own) => own.p[i])) };
}

/** Candidates that mean the same digit, beside the likeliest of them: _likeliest and _same. */
function groups(found) {
  let left = found
    .toSorted((a, b) => a.p[NONE] - b.p[NONE])
    .slice(0, MOST)
    .map((own) => ({ own, area: areaOf(own.box), kind: isDigit(own) }));
  const all = [];
  while (left.length) {
    const [first, ...others] = left;
    const same = (other) => {
      const both = shared(first.own.box, other.own.box);
      const much = both > SAME * (first.area + other.area - both) || both > INSIDE * Math.min(first.area, other.area);
      return much && first.kind === other.kind;
    };
    all.push([first, ...others.filter(same)].map(({ own }) => own));
    left = others.filter((other) => !same(other));
  }
  return all;
}
