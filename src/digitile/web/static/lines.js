// Lines that were read, as signs that can be corrected; the text follows.

const NEAR = 0.6; // of a line's height: a digit added so far from its middle still belongs to it

/** A box as it stands when the picture was turned clockwise by `turned` degrees to be read. */
export function upright({ x, y, width, height }, turned) {
  if (turned === 90) return { x: -y - height, y: x, width: height, height: width };
  if (turned === 180) return { x: -x - width, y: -y - height, width, height };
  if (turned === 270) return { x: y, y: -x - width, width: height, height: width };
  return { x, y, width, height };
}

const scaled = ({ x, y, width, height }, by) => ({ x: by * x, y: by * y, width: by * width, height: by * height });

/**
 * Return a reading's lines, their boxes multiplied by a scale.
 *
 * A sign is {label, read, box, confidence, alternatives, isDigit, gap, removed, parts, example}:
 * `read` is null for one that was added, or joined of `parts`, and `label` null until it is told.
 */
export function toLines(reading, scale) {
  return reading.lines.map((line) => {
    const digits = [...line.digits];
    const marks = [...line.marks];
    const starts = new Set(); // of groups, in digits; marks part them already
    if (!marks.length) line.groups.reduce((at, group) => (starts.add(at), at + group.length), 0);
    const signs = [...line.text].map((sign, place) => {
      const isDigit = sign >= "0" && sign <= "9";
      const { box, confidence, alternatives = [] } = (isDigit ? digits : marks).shift();
      const common = { label: sign, read: sign, isDigit, confidence, alternatives, removed: false };
      return { ...common, box: scaled(box, scale), gap: starts.has(place) };
    });
    return { ...line, signs };
  });
}

export const seen = (line) => line.signs.filter((sign) => !sign.removed);

/** A line's text as it is now: with its gaps, or with its marks. */
export function textOf(line) {
  return seen(line)
    .map((sign, place) => (sign.gap && place > 0 ? " " : "") + (sign.label ?? "?"))
    .join("");
}

export const isCorrected = (line) => line.signs.some((sign) => sign.removed || sign.label !== sign.read);

/** The digit that stands behind another one in its line, or null. */
export function next(lines, sign) {
  const line = lines.find(({ signs }) => signs.includes(sign));
  const digits = seen(line).filter((one) => one.isDigit);
  return digits[digits.indexOf(sign) + 1] ?? null;
}

/** Make one digit of two neighbours and what is between them; return it. */
export function join(lines, first, second) {
  const { signs } = lines.find((line) => line.signs.includes(first));
  const [from, to] = [signs.indexOf(first), signs.indexOf(second)];
  const parts = signs.slice(from, to + 1);
  const x = Math.min(first.box.x, second.box.x);
  const y = Math.min(first.box.y, second.box.y);
  const right = Math.max(first.box.x + first.box.width, second.box.x + second.box.width);
  const bottom = Math.max(first.box.y + first.box.height, second.box.y + second.box.height);
  const joined = { ...byHand({ x, y, width: right - x, height: bottom - y }), gap: first.gap, parts };
  signs.splice(from, parts.length, joined);
  return joined;
}

/** Take one digit away: one that was read can be put back, one that was joined falls apart. */
export function remove(lines, sign) {
  const line = lines.find(({ signs }) => signs.includes(sign));
  if (sign.parts) line.signs.splice(line.signs.indexOf(sign), 1, ...sign.parts);
  else if (sign.read === null) line.signs.splice(line.signs.indexOf(sign), 1);
  else sign.removed = true;
  if (!line.signs.length) lines.splice(lines.indexOf(line), 1);
}

/** Add a digit where a box is, to the line there or to a new one; return it. */
export function add(lines, box, turned) {
  const sign = byHand(box);
  const middle = (one) => {
    const { x, y, width, height } = upright(one, turned);
    return { x: x + width / 2, y: y + height / 2, height };
  };
  const own = middle(box);
  const off = ({ signs }) => {
    const { y, height } = signs.map(({ box }) => middle(box)).sort((a, b) => Math.abs(a.x - own.x) - Math.abs(b.x - own.x))[0];
    return Math.abs(y - own.y) / Math.max(height, own.height);
  };
  const line = [...lines].sort((a, b) => off(a) - off(b))[0];
  if (line && off(line) <= NEAR) {
    const before = line.signs.filter(({ box }) => middle(box).x < own.x).length;
    line.signs.splice(before, 0, sign);
  } else {
    const below = lines.filter(({ signs }) => middle(signs[0].box).y < own.y).length;
    lines.splice(below, 0, { signs: [sign], confidence: null, accepted: true, measured: true, alternatives: [], value: null, note: null, repaired: null });
  }
  return sign;
}

function byHand(box) {
  return { label: null, read: null, isDigit: true, confidence: null, alternatives: [], gap: false, removed: false, box };
}

/** Lines of several pictures, [name, lines] each, as CSV (RFC 4180). */
export function toCsv(pictures) {
  const rows = pictures.flatMap(([name, lines]) =>
    lines.map((line, place) => {
      const corrected = isCorrected(line);
      const known = !corrected && line.confidence !== null;
      return [name, place + 1, textOf(line), known ? (line.value ?? "") : "", known ? line.confidence.toFixed(4) : "", corrected || line.accepted, corrected];
    }),
  );
  const quoted = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);
  const header = ["picture", "line", "text", "value", "confidence", "accepted", "corrected"];
  return [header, ...rows].map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}
