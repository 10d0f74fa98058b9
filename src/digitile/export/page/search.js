// Where there are lines of digits on a picture, and how tall. Follows digitile/reader/search.py.

import { anyDigitOf, areaOf, centreOf, digitOf, heightOf, shared, widthOf, withBoxes } from "./candidates.js";
import { edgeGray } from "./gray.js";
import { argmax, median, range, round, sum } from "./math.js";
import * as tuned from "./numbers/tuned.js";
import { padded, part, picture } from "./picture.js";
import { resizedByArea, resizedByCubic } from "./resize.js";

const { ALIKE, AROUND, BESIDE, BLOCK, CERTAIN_OF_FEW, DRIFT, EDGE, FEW, FEWEST_DIGITS, FIT, LARGEST } = tuned;
const { LEVEL, LIKELY, MOST_ENLARGED, PAGE, RANGE, RANGE_OF_PAGE, SLENDER, SMALLER, SMALLEST } = tuned;
const { STANDS_OUT, STEEPEST, STEP, SURE, TAKEN, TARGET } = tuned;

/** The scales at which a picture is searched, coarsest first: scales_of. */
function scalesOf(height, width) {
  const [short, long] = [Math.min(height, width), Math.max(height, width)];
  const least = Math.min(LARGEST / short, MOST_ENLARGED);
  const most = Math.max(least, Math.min(MOST_ENLARGED, TARGET / Math.max(SMALLEST, long / FEWEST_DIGITS)));
  return range(Math.ceil(Math.log(most / least) / Math.log(STEP)) + 1).map((n) => least * STEP ** n);
}

/** The lines of digits of a picture, {digits, worth}, best first, none of which cover another: find_lines. */
export async function findLines(gray, sight, finest = Infinity, blocks = standingOut(gray)) {
  const tallest = Math.min(gray.height, SLENDER * gray.width);
  const around = Math.ceil((EDGE * tallest) / BLOCK); // digits at the very edge are seen less well
  const pad = around * BLOCK;
  const left = padded(blocks, around, 0); // the seam does not stand out
  gray = padded(gray, pad, edgeGray(gray));
  let found = [];
  for (const scale of scalesOf(gray.height, gray.width)) {
    if (scale > finest) break;
    found.push(...(await search(gray, left, scale, sight)));
    finest = Math.min(finest, finestBeside(found, gray));
  }
  if (!found.length) found = await search(gray, left, Math.min(MOST_ENLARGED, LARGEST / tallest), sight);
  const lines = apart(found.filter((one) => !(mayBePage(one, gray) && isPage(one, found))));
  return lines.map(({ digits, worth }) => ({ digits: moved(digits, -pad, -pad), worth }));
}

/** The best of lines, best first, none of which cover another: _apart. */
function apart(found) {
  const kept = [];
  for (const one of found.toSorted((a, b) => b.worth - a.worth)) {
    if (!kept.some((other) => covers(other.digits, one.digits))) kept.push(one);
  }
  return kept;
}

/** Whether what was taken for large digits may be lines of small ones, from afar: _may_be_page. */
const mayBePage = (one, gray) => !isSure(one) && medianHeight(one.digits) > PAGE * Math.min(gray.width, gray.height);

/** Whether nothing else passes for it, for it has some digits or they are certain: Found.is_sure. */
const isSure = ({ digits }) => digits.length > FEW || sum(digits.map(digitOf)) / digits.length >= CERTAIN_OF_FEW;

/** Whether lines were found where large digits were, and are worth more: _is_page. */
function isPage(one, found) {
  const height = medianHeight(one.digits);
  const within = found.filter(
    (other) =>
      isSure(other) &&
      medianHeight(other.digits) * SMALLER < height &&
      covers(one.digits, other.digits),
  );
  return sum(apart(within).map(({ worth }) => worth)) > one.worth;
}

const medianHeight = (digits) => median(digits.map(heightOf));

/** The lines at one scale, of what is left; those it suits are left out afterwards: _search. */
async function search(gray, left, scale, sight) {
  const found = [];
  for (const [top, bottom, start, stop] of regions(left, Math.ceil(AROUND / scale / BLOCK))) {
    const own = part(gray, start * BLOCK, top * BLOCK, stop * BLOCK, bottom * BLOCK);
    for (const { digits, worth } of await linesAt(own, scale, sight)) {
      const placed = moved(digits, start * BLOCK, top * BLOCK);
      found.push({ digits: placed, worth });
      const suits = medianHeight(digits) * scale * Math.sqrt(STEP) >= TARGET; // better than the next scale would
      if (suits && !mayBePage({ digits }, gray)) takeAway(left, placed);
    }
  }
  return found;
}

/** The finest scale to search a page at from other sides, after the lines found: finest_from_aside. */
export function finestFromAside(found) {
  const scales = found.map(({ digits }) => (RANGE_OF_PAGE * TARGET) / medianHeight(digits));
  return scales.length ? Math.max(...scales) : Infinity;
}

/** The finest scale to search beside lines that have likely digits; those that are sure decide: _finest. */
function finestBeside(found, gray) {
  const likely = found.filter(({ digits }) => digits.some((digit) => digitOf(digit) > SURE));
  const sure = likely.filter(isSure);
  const scales = (sure.length ? sure : likely).map((one) => {
    const height = medianHeight(one.digits.filter((digit) => digitOf(digit) > SURE));
    return ((mayBePage(one, gray) ? RANGE_OF_PAGE : RANGE) * TARGET) / height;
  });
  return Math.min(Infinity, ...scales);
}

const moved = (digits, x, y) => withBoxes(digits, (box) => [box[0] + x, box[1] + y, box[2] + x, box[3] + y]);

/** The lines of a picture at one scale, in pixels of the picture: _lines. */
async function linesAt(gray, scale, sight) {
  const seen = await sight.see(scaled(gray, scale), LIKELY);
  const digits = seen.filter((one) => anyDigitOf(one) > LIKELY);
  const worthOf = (one) => {
    const fit = Math.exp(-((Math.log(heightOf(one) / TARGET) / FIT) ** 2));
    return digitOf(one) > 0.5 ? (fit * heightOf(one) * digitOf(one)) / scale : 0;
  };
  return grouped(digits)
    .map((line) => ({
      digits: withBoxes(line, (box) => box.map((x) => x / scale)),
      worth: sum(line.map(worthOf)),
    }))
    .filter(({ worth }) => worth > 0);
}

/** Which blocks of a picture have something on them: standing_out. */
export function standingOut({ width, height, data }) {
  const blocks = picture(Math.ceil(width / BLOCK), Math.ceil(height / BLOCK));
  const count = BLOCK * BLOCK;
  blocks.data = blocks.data.map((_, k) => {
    const [left, top] = [BLOCK * (k % blocks.width), BLOCK * Math.floor(k / blocks.width)];
    let [total, squares] = [0, 0];
    for (let y = top; y < top + BLOCK; y++) {
      for (let x = left; x < left + BLOCK; x++) {
        const value = data[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
        total += value;
        squares += value * value;
      }
    }
    return squares / count - (total / count) ** 2 > STANDS_OUT ** 2 ? 1 : 0;
  });
  return blocks;
}

/** Leave out the blocks that a line's digits lie on, and half a digit around: _take_away. */
function takeAway(left, digits) {
  const reach = 0.5 * median(digits.map(heightOf));
  for (const { box } of digits) {
    const [x0, y0] = [box[0], box[1]].map((x) => Math.max(Math.trunc((x - reach) / BLOCK), 0));
    const [x1, y1] = [box[2], box[3]].map((x) => Math.ceil(Math.max((x + reach) / BLOCK, 0)));
    for (let y = y0; y < Math.min(y1, left.height); y++) {
      left.data.fill(0, y * left.width + x0, y * left.width + Math.max(x0, Math.min(x1, left.width)));
    }
  }
}

/** The rectangles of blocks, with `reach` around, that hold all that is left: _regions. */
function regions(left, reach) {
  if (!left.data.some((one) => one)) return [];
  const rectangles = pieces(dilated(left, reach));
  if (sum(rectangles.map(([a, b, c, d]) => (b - a) * (d - c))) > left.data.length) {
    return [[0, left.height, 0, left.width]];
  }
  return rectangles;
}

/** Blocks with one so near: OpenCV's dilate by a square. */
function dilated(left, reach) {
  const near = picture(left.width, left.height);
  left.data.forEach((one, k) => {
    if (!one) return;
    const [x, y] = [k % left.width, Math.floor(k / left.width)];
    for (let row = Math.max(y - reach, 0); row < Math.min(y + reach + 1, left.height); row++) {
      const start = row * left.width;
      near.data.fill(1, start + Math.max(x - reach, 0), start + Math.min(x + reach + 1, left.width));
    }
  });
  return near;
}

/** Around each connected piece: top, bottom, left, right. OpenCV's connectedComponentsWithStats. */
function pieces({ width, height, data }) {
  const seen = new Uint8Array(data.length);
  const found = [];
  for (let k = 0; k < data.length; k++) {
    if (!data[k] || seen[k]) continue;
    const around = [Infinity, 0, Infinity, 0];
    const waiting = [k];
    seen[k] = 1;
    while (waiting.length) {
      const own = waiting.pop();
      const [x, y] = [own % width, Math.floor(own / width)];
      around[0] = Math.min(around[0], y);
      around[1] = Math.max(around[1], y + 1);
      around[2] = Math.min(around[2], x);
      around[3] = Math.max(around[3], x + 1);
      for (let row = Math.max(y - 1, 0); row < Math.min(y + 2, height); row++) {
        for (let column = Math.max(x - 1, 0); column < Math.min(x + 2, width); column++) {
          const next = row * width + column;
          if (data[next] && !seen[next]) {
            seen[next] = 1;
            waiting.push(next);
          }
        }
      }
    }
    found.push(around);
  }
  return found;
}

/** A picture of another size, each pixel the mean of those it covers: scaled. */
function scaled(gray, scale) {
  const size = [gray.width, gray.height].map((side) => Math.max(1, round(side * scale)));
  return scale < 1 ? resizedByArea(gray, ...size) : resizedByCubic(gray, ...size);
}

/** Candidates beside each other, along lines of one direction, line by line: grouped. */
export function grouped(digits) {
  const pairs = neighbours(digits);
  const steepness = pairs.flatMap((own) => {
    if (!own.length) return [];
    const first = own[argmax(own.map(({ away }) => -away))];
    return [first.rise / first.away];
  });
  const slope = steepness.length ? median(steepness) : 0;
  const line = range(digits.length); // the first candidate of each one's line
  pairs.forEach((own, from) => {
    for (const { to, away, rise, mean } of own) {
      if (!(Math.abs(rise - slope * away) < LEVEL * mean + DRIFT * away)) continue;
      const [low, high] = [line[from], line[to]].sort((a, b) => a - b);
      line.forEach((one, k) => (line[k] = one === high ? low : one));
    }
  });
  return range(digits.length)
    .map((first) => digits.filter((_, k) => line[k] === first))
    .filter((own) => own.length);
}

/** Which candidates may stand to the right of each, and how far right and down: _neighbours. */
function neighbours(digits) {
  const all = digits.map((one) => ({ centre: centreOf(one), height: heightOf(one), width: widthOf(one) }));
  return all.map((one) =>
    all.flatMap((other, to) => {
      const [away, rise] = [0, 1].map((i) => other.centre[i] - one.centre[i]);
      const mean = (one.height + other.height) / 2;
      const gap = away - (one.width + other.width) / 2;
      const beside = away > 0 && gap < BESIDE * mean && Math.abs(rise) < STEEPEST * away;
      const alike = Math.abs(Math.log(one.height / other.height)) < Math.log(ALIKE);
      return beside && alike ? [{ to, away, rise, mean }] : [];
    }),
  );
}

/** The share of the second line's digits that lie on digits of the first: covered. */
export function covered(first, second) {
  const taken = second.filter(({ box }) =>
    first.some((one) => shared(one.box, box) > TAKEN * Math.min(areaOf(one.box), areaOf(box))),
  );
  return taken.length / second.length;
}

/** Whether a half of the second line's digits lie on digits of the first: covers. */
export const covers = (first, second) => covered(first, second) >= 0.5;
