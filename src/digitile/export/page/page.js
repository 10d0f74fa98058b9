// From the pixels of a picture to its lines of digits. Follows digitile/reader/page.py, without rules
// for the text and without printed cells.

import * as candidates from "./candidates.js";
import { asWritten, choose } from "./choice.js";
import { toGray } from "./gray.js";
import { argsort, clip, median, range, sum } from "./math.js";
import { DIGITS, NONE, SIGNS } from "./numbers/candidates.js";
import { BLANK, NO_DIGITS } from "./numbers/page.js";
import { LIKELIER } from "./numbers/trust.js";
import * as tuned from "./numbers/tuned.js";
import { turned } from "./picture.js";
import { covered, covers, findLines, finestFromAside, standingOut } from "./search.js";
import { cutStrip } from "./strip.js";
import { isMeasured, lineConfidence } from "./trust.js";
import { unread } from "./unread.js";

const { BESIDE, CERTAIN, CLEAR, CLEARER, DECISIVE, ENDS, FAINT, FEWEST, LEAST } = tuned;
const { LIKELY_SHARE, LONGER, MOST_LINES, OFF, OTHER_SIZES, OTHERS, SEVERAL, SHORT, STRIP } = tuned;
const { TALL, TARGET, TEXTS, UNCERTAIN, WORTH_TELLING } = tuned;
const { centreOf, digitOf, heightOf, isDigit, withBoxes } = candidates;

const isDigitSign = (sign) => SIGNS.indexOf(sign) < DIGITS;

/** A line's text, before it is put into words; `line` lies in the strip, `boxes` in the picture. */
class Told {
  constructor(line, boxes, ways, total, left) {
    Object.assign(this, { line, boxes, ways, total, best: ways[0], unread: left });
    this.path = this.best.path;
    this.own = this.path.map((k) => ({ box: boxes[k], p: line[k].p }));
  }

  /** How many signs there are, each as likely as it is. */
  get signs() {
    return sum(this.own.map(({ p }) => 1 - p[NONE]));
  }

  /** How likely the text is, of all that the candidates allow. */
  get probability() {
    return Math.exp(Math.min(this.best.score - this.total, 0));
  }

  /** How likely the least likely sign is. */
  get weakest() {
    return Math.min(...this.own.map(({ p }, k) => p[SIGNS.indexOf(this.best.text[k])]));
  }
}

/**
 * A picture's lines of digits from top to bottom, or the reason why there are none: read_page.
 *
 * @param pixels of a canvas: {width, height, data}, four bytes for each pixel
 */
export async function readPage(pixels, sight) {
  const gray = toGray(pixels);
  const blocks = standingOut(gray);
  if (!blocks.data.some(Boolean)) return { lines: [], reason: BLANK, turned: 0 };
  const [told, degrees] = await readUpright(gray, blocks, sight);
  const read = turned(gray, degrees);
  const scale = [pixels.width / gray.width, pixels.height / gray.height];
  const all = told.map((one) => {
    const boxes = candidates.turnedBoxes(one.boxes, read.width, read.height, (360 - degrees) % 360);
    const placed = boxes.map((box) => box.map((x, i) => x * scale[i % 2]));
    return lineOf(one, placed, pixels, sight.model.line_trust);
  });
  const lines = all.filter(({ confidence }) => confidence >= WORTH_TELLING);
  lines.sort((a, b) => a.box.y - b.box.y || a.box.x - b.box.x);
  return { lines, reason: lines.length ? null : NO_DIGITS, turned: degrees };
}

/** The lines of a picture as it stands or turned, whichever says most, and the turn: _read_upright. */
async function readUpright(gray, blocks, sight) {
  let [found, side] = [(await findLines(gray, sight, Infinity, blocks)).slice(0, MOST_LINES), 0];
  const trust = sight.model.line_trust;
  const confidence = (one) => lineConfidence(trust, evidenceOf(one, one.boxes, gray));
  let told = await readFound(gray, found.slice(0, DECISIVE), sight);
  const finest = finestFromAside(found);
  for (const degrees of [180, 90, 270]) {
    if (isClear(told, confidence)) break;
    const others = (await findLines(turned(gray, degrees), sight, finest)).slice(0, MOST_LINES);
    const other = await readFound(turned(gray, degrees), others.slice(0, DECISIVE), sight);
    if (certainIn(other, confidence) > Math.max(FEWEST, CLEARER * certainIn(told, confidence))) {
      [told, found, side] = [other, others, degrees];
    }
  }
  return [await readFound(turned(gray, side), found.slice(DECISIVE), sight, told), side];
}

/** The lines that were found, and those read before, none of them twice: _read_found. */
async function readFound(gray, lines, sight, before = []) {
  let told = [...before];
  for (const found of lines) {
    if (told.some((other) => covered(other.own, found.digits) === 1)) continue; // a part of a line that was read
    const one = await readLine(gray, found.digits, sight);
    if (one === null) continue;
    const same = told.filter((other) => covers(other.own, one.own) || covers(one.own, other.own));
    if (same.every((other) => one.signs > other.signs)) {
      told = [...told.filter((other) => !same.includes(other)), one];
    }
  }
  return told;
}

/** Whether a page says enough, and most of several lines likely, or all for certain: _is_clear. */
function isClear(told, confidence) {
  const sure = told.length > 0 && Math.min(...told.map(confidence)) > CERTAIN;
  const alike = told.length === 1 && ["0", "1"].includes(told[0].best.text); // a 0 of a page on its side; a stroke
  const read = told.length < SEVERAL ? 0 : sum(told.map((one) => digitsIn(one.best.text)));
  return (sure && !alike) || certainIn(told, confidence) >= Math.max(CLEAR, LIKELY_SHARE * read);
}

/** How many digits were read for certain: _evidence. */
function certainIn(told, confidence) {
  return sum(told.map((one) => digitsIn(one.best.text) * confidence(one)));
}

const digitsIn = (text) => [...text].filter(isDigitSign).length;

/** What a line is read as, or null where no digit is in it: _read_line. */
async function readLine(gray, digits, sight) {
  const [strip, line, ways, total] = await lookClosely(gray, digits, sight);
  if (!ways.length || ![...ways[0].text].some(isDigitSign)) return null;
  const left = unread(strip.gray, ways[0].path.map((k) => line[k].box));
  return new Told(line, line.map(({ box }) => strip.upright(box)), ways, total, left);
}

/** A line's strip, candidates and likeliest texts, of several sizes where it is doubtful: look_closely. */
async function lookClosely(gray, digits, sight) {
  const [strip, seen] = await look(gray, digits, sight);
  const first = notFaint(seen);
  const [ways, total] = textsOf(first, sight);
  if (ways.length && ways[0].score - total < Math.log(UNCERTAIN)) {
    const line = notFaint(await lookedAgain(gray, strip, seen, sight));
    return [strip, line, ...textsOf(line, sight)];
  }
  return [strip, first, ways, total];
}

const notFaint = (line) => line.filter(({ p }) => p[NONE] <= 1 - FAINT);

/** The likeliest texts of a line, and the logarithm of the sum over all ways: _texts. */
function textsOf(line, sight) {
  const trust = sight.model.line_trust;
  return asWritten(...choose(trust === null ? line : candidates.expected(line, trust.missed), TEXTS));
}

/** A line's candidates on the average of several sizes that it is shown in: _looked_again. */
async function lookedAgain(gray, strip, line, sight) {
  const digits = withBoxes(line, (box) => strip.upright(box));
  const views = [line];
  for (const tall of OTHER_SIZES) {
    const other = cutStrip(gray, digits, ENDS, tall);
    const seen = await sight.see(other.gray);
    views.push(ownOf(withBoxes(seen, (box) => strip.seenFrom(other, box))));
  }
  return fromLeft(candidates.averaged(views));
}

const fromLeft = (line) => line.toSorted((a, b) => centreOf(a)[0] - centreOf(b)[0]);

/** A line's strip and its candidates; a longer one where the line goes on: look. */
async function look(gray, digits, sight) {
  let [strip, line] = [null, []];
  for (let times = 0; times < LONGER; times++) {
    strip = cutStrip(gray, digits, ENDS * 2 ** times);
    line = ownOf(await sight.see(strip.gray));
    const found = line.filter((one) => isDigit(one) && digitOf(one) > 0.5);
    const [left, right] = strip.ends(digits);
    const beyond = found.some(({ box }) => box[0] < left - TARGET || box[2] > right + TARGET);
    if (!beyond || found.length <= digits.length) break;
    digits = withBoxes(found, (box) => strip.upright(box));
  }
  return [strip, line];
}

/** A strip's own line, from left to right: what lies at its middle: _own. */
function ownOf(seen) {
  const y = (one) => centreOf(one)[1];
  const isSure = (one) => isDigit(one) && digitOf(one) > 0.5 && Math.abs(y(one) - STRIP / 2) < OFF * TARGET;
  const sure = seen.filter(isSure);
  if (!sure.length) return [];
  const [height, middle] = [median(sure.map(heightOf)), median(sure.map(y))];
  const isSized = (one) => heightOf(one) > SHORT * height && heightOf(one) < TALL * height;
  const [first, last] = [Math.min(...sure.map(({ box }) => box[0])), Math.max(...sure.map(({ box }) => box[2]))];
  const isBeside = ({ box }) => Math.max(first - box[2], box[0] - last) < BESIDE * height;
  const isLevel = (one) => Math.abs(y(one) - middle) < OFF * height;
  return fromLeft(seen.filter((one) => isLevel(one) && isBeside(one) && (isSized(one) || !isDigit(one))));
}

/** What a line's confidence is made of; boxes lie in a picture of a width and height: evidence_of. */
function evidenceOf(told, boxes, { width, height }) {
  const digits = told.path.filter((_, place) => isDigitSign(told.best.text[place]));
  const tall = median(digits.map((k) => boxes[k][3] - boxes[k][1]));
  return {
    text: told.probability,
    weakest: told.weakest,
    digits: digits.length,
    height: tall,
    share: tall / Math.min(width, height),
    unread: told.unread,
  };
}

/** Put a line into words: _line. */
function lineOf(told, boxes, page, trust) {
  const { best, path } = told;
  const signs = path.map((k, place) => {
    const sign = best.text[place];
    const p = told.line[k].p;
    const own = { sign, confidence: p[SIGNS.indexOf(sign)], box: boxOf([boxes[k]], page) };
    return isDigitSign(sign) ? { ...own, alternatives: otherDigits(sign, p) } : own;
  });
  const digits = signs.filter(({ sign }) => isDigitSign(sign));
  const evidence = evidenceOf(told, boxes, page);
  const confidence = lineConfidence(trust, evidence);
  return {
    text: best.text,
    confidence,
    accepted: confidence >= LIKELIER,
    box: boxOf(path.map((k) => boxes[k]), page),
    digits,
    alternatives: told.ways
      .filter((way) => way !== best && way.text)
      .slice(0, OTHERS)
      .map((way) => ({ text: way.text, confidence: Math.exp(way.score - told.total) }))
      .filter((other) => other.confidence >= LEAST),
    measured: isMeasured(trust, evidence),
  };
}

/** The next likely digits for the same ink: _digit. */
function otherDigits(digit, p) {
  return argsort(range(DIGITS).map((d) => -p[d]))
    .filter((d) => String(d) !== digit)
    .slice(0, OTHERS)
    .map((d) => ({ text: String(d), confidence: p[d] }))
    .filter((other) => other.confidence >= LEAST);
}

/** The box of signs in whole pixels of the picture: _box. */
function boxOf(boxes, page) {
  const side = (i) => boxes.map((box) => box[i]);
  const low = [0, 1].map((i) => Math.max(Math.floor(Math.min(...side(i))), 0));
  const high = [2, 3].map((i) => Math.ceil(Math.max(...side(i))));
  const [right, bottom] = [Math.min(high[0], page.width), Math.min(high[1], page.height)];
  const [x, y] = [Math.min(low[0], page.width), Math.min(low[1], page.height)];
  return { x, y, width: clip(right - x, 0, page.width), height: clip(bottom - y, 0, page.height) };
}
