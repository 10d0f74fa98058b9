// The network looks at a gray picture. Follows digitile/reader/sight.py.

import { merged, withBoxes, centreOf } from "./candidates.js";
import { evenContrast } from "./contrast.js";
import { clip, range, sum } from "./math.js";
import { NONE } from "./numbers/candidates.js";
import { MIDDLE } from "./numbers/preprocess.js";
import { MULTIPLE, STRIDE, UNIT } from "./numbers/sight.js";
import { MARGIN, SEEN, TILE } from "./numbers/tuned.js";
import { laid, part, picture, spread } from "./picture.js";

const AROUND = [-1, 0, 1];

export class Sight {
  /**
   * @param model what model.json holds
   * @param run from a gray picture to the network's maps: {rows, columns, probabilities, boxes}
   */
  constructor(model, run) {
    this.model = model;
    this.run = run;
  }

  /** The candidates of a picture, boxes in its pixels: Sight.see. */
  async see(gray, least = SEEN) {
    const even = evenContrast(gray);
    const { width, height } = gray;
    const places = starts(height, TILE[0]).flatMap((top) => starts(width, TILE[1]).map((left) => [left, top]));
    const found = [];
    for (const [left, top] of places) {
      const own = part(even, left, top, left + TILE[1], top + TILE[0]);
      if (places.length > 1 && spread(own) === 0) continue;
      const right = left + own.width < width ? left + own.width - MARGIN : width;
      const bottom = top + own.height < height ? top + own.height - MARGIN : height;
      const inside = (candidate) => {
        const [x, y] = centreOf(candidate);
        return x >= left + (left && MARGIN) && x < right && y >= top + (top && MARGIN) && y < bottom;
      };
      const seen = await this.#candidates(own, least);
      const placed = withBoxes(seen, (box) => [box[0] + left, box[1] + top, box[2] + left, box[3] + top]);
      found.push(...placed.filter(inside));
    }
    return merged(found).map(({ box, p }) => ({ box, p: tempered(p, this.model.temperature) }));
  }

  async #candidates(even, least) {
    const [rows, columns] = [even.height, even.width].map((side) => Math.ceil(side / MULTIPLE) * MULTIPLE);
    const ground = picture(columns, rows);
    ground.data.fill(MIDDLE);
    const top = Math.floor((rows - even.height) / 2);
    const left = Math.floor((columns - even.width) / 2);
    return peaks(await this.run(laid(ground, even, left, top)), left, top, least);
  }
}

/** softmax(z/T) of softmax(z): digitile.model.tempered. */
function tempered(p, temperature) {
  const powers = p.map((x) => x ** (1 / temperature));
  const total = sum(powers);
  return powers.map((x) => x / total);
}

/** Where the network sees something more clearly than at the eight places around: _peaks. */
function peaks({ rows, columns, probabilities, boxes }, left, top, least) {
  const size = rows * columns;
  const seen = Float64Array.from({ length: size }, (_, k) => 1 - probabilities[NONE * size + k]);
  const found = [];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      if (!(seen[y * columns + x] > least)) continue;
      const near = AROUND.flatMap((i) =>
        AROUND.map((j) => clip(y + i, 0, rows - 1) * columns + clip(x + j, 0, columns - 1)),
      );
      if (near.some((k) => seen[k] > seen[y * columns + x])) continue;
      const weights = near.map((k) => seen[k] ** 2);
      const total = sum(weights);
      const mean = (value) => sum(near.map((k, n) => (weights[n] / total) * value(k)));
      const corners = near.map((k) => boxAt(k, columns, size, boxes));
      const box = range(4).map((i) => sum(corners.map((own, n) => (weights[n] / total) * own[i])));
      found.push({
        box: [box[0] - left, box[1] - top, box[2] - left, box[3] - top],
        p: range(NONE + 1).map((sign) => mean((k) => probabilities[sign * size + k])),
      });
    }
  }
  return found;
}

/** The box that the network tells at a place. */
function boxAt(k, columns, size, boxes) {
  const number = (i) => boxes[i * size + k];
  const x = STRIDE * ((k % columns) + 0.5) + UNIT * number(0);
  const y = STRIDE * (Math.floor(k / columns) + 0.5) + UNIT * number(1);
  const [width, height] = [2, 3].map((i) => UNIT * Math.exp(clip(number(i), -3, 3)));
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/** Where parts start that cover a side: _starts. */
function starts(side, tile) {
  const places = [0];
  const step = tile - 2 * MARGIN;
  for (let place = step; place < side - 2 * MARGIN; place += step) places.push(place);
  return places;
}
