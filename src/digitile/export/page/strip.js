// A line's strip of the picture: level, its digits of the height that suits the network.
// Follows digitile/reader/strip.py.

import { centreOf, digitOf, heightOf } from "./candidates.js";
import { edgeGray } from "./gray.js";
import { clip, mean, median, round, sum } from "./math.js";
import { LONGEST, STEEP, STRIP, TARGET } from "./numbers/tuned.js";
import { resizedByArea } from "./resize.js";
import { warped } from "./warp.js";

class Strip {
  /**
   * @param gray the strip
   * @param back two rows of three numbers, from places in it to places in the picture; (0, 0) is the
   *   first pixel's corner
   */
  constructor(gray, back) {
    this.gray = gray;
    this.back = back;
  }

  /** Where a place of the strip lies in the picture. */
  #out([x, y]) {
    return this.back.map(([a, b, c]) => a * x + b * y + c);
  }

  /** Where a place of the picture lies in the strip. */
  #in([x, y]) {
    const [[a, b, c], [d, e, f]] = this.back;
    const size = a * e - b * d;
    return [(e * (x - c) - b * (y - f)) / size, (a * (y - f) - d * (x - c)) / size];
  }

  /** Between which places along it the middles of the picture's candidates lie: Strip.ends. */
  ends(digits) {
    const along = digits.map((one) => this.#in(centreOf(one))[0]);
    return [Math.min(...along), Math.max(...along)];
  }

  /** A box of another strip of the same line as a box in this one: Strip.seen_from. */
  seenFrom(other, [left, top, right, bottom]) {
    const own = (place) => this.#in(other.#out(place));
    return [...own([left, top]), ...own([right, bottom])];
  }

  /** The box in the picture that holds a box of the strip: digitile.reader.page.upright. */
  upright([left, top, right, bottom]) {
    const corners = [left, right].flatMap((x) => [top, bottom].map((y) => this.#out([x, y])));
    const [xs, ys] = [0, 1].map((i) => corners.map((corner) => corner[i]));
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
}

/** Cut out the strip of a line's digits, `tall` pixels there, and `reach` heights beyond: cut_strip. */
export function cutStrip(gray, digits, reach, tall = TARGET) {
  const least = Math.max(...digits.map(digitOf)) / 2;
  const sure = digits.filter((one) => digitOf(one) > least);
  const centres = sure.map(centreOf);
  const height = median(sure.map(heightOf));
  const along = direction(centres, height);
  const middle = [0, 1].map((i) => mean(centres.map((centre) => centre[i])));
  const places = centres.map(([x, y]) => (x - middle[0]) * along[0] + (y - middle[1]) * along[1]);
  const [from, to] = [Math.min(...places) - reach * height, Math.max(...places) + reach * height];
  const pixel = height / tall; // of the strip, in those of the picture
  // where one digit alone is sure, that is a whole number, which the last bit must not make larger
  const long = Number(((to - from) / pixel).toFixed(6));
  const width = clip(Math.ceil(long), STRIP, LONGEST);
  const turn = [
    [pixel * along[0], -pixel * along[1]],
    [pixel * along[1], pixel * along[0]],
  ];
  const back = turn.map(([a, b], i) => [
    a,
    b,
    middle[i] + (along[i] * (from + to)) / 2 - (a * width) / 2 - (b * STRIP) / 2,
  ]);
  let source = gray;
  let matrix = back;
  if (pixel > 1.5) { // averaged first: the warp below looks at a few pixels only
    source = resizedByArea(gray, Math.max(1, round(gray.width / pixel)), Math.max(1, round(gray.height / pixel)));
    const shrunk = [source.width / gray.width, source.height / gray.height];
    matrix = back.map((row, i) => row.map((x) => x * shrunk[i]));
  }
  // the warp counts from the first pixel's middle
  matrix = matrix.map(([a, b, c]) => [a, b, c + (a + b) / 2 - 0.5]);
  return new Strip(warped(source, matrix, width, STRIP, edgeGray(gray)), back);
}

/** The unit vector along a line's digits; one or two close ones are level: _direction. */
function direction(centres, height) {
  const [xs, ys] = [0, 1].map((i) => {
    const values = centres.map((centre) => centre[i]);
    const middle = mean(values);
    return values.map((value) => value - middle);
  });
  if (Math.max(...xs) - Math.min(...xs) < height) return [1, 0];
  const steepness = sum(xs.map((x, i) => x * ys[i])) / sum(xs.map((x) => x * x));
  const slope = Math.abs(steepness) > STEEP ? clip(steepness, -1, 1) : 0;
  const length = Math.hypot(1, slope);
  return [1 / length, slope / length];
}
