// Which of a line's candidates are its text: the best ways through them, {text, score, path, best}, and
// the sum over all. Follows digitile/reader/choice.py.

import { heightOf, widthOf } from "./candidates.js";
import { argsort, clip, logSumExp, range, sum } from "./math.js";
import { NONE, SIGNS } from "./numbers/candidates.js";
import { WRITTEN } from "./numbers/choice.js";
import { BACK, KEPT, OVERLAP, UNLIKELY, UNUSUAL } from "./numbers/tuned.js";

const LEAST = 1e-6; // of a probability whose logarithm is taken
const written = new RegExp(`^(?:${WRITTEN})$`);

/** The likeliest texts of a line, and the logarithm of the sum over all ways: choose. */
export function choose(line, most) {
  const count = line.length;
  const logs = line.map(({ p }) => p.map((x) => Math.log(clip(x, LEAST, 1))));
  const steps = stepsOf(line);
  const likeliest = logs.map((own) => argsort(own.slice(0, NONE).map((x) => -x)).slice(0, KEPT));
  const ways = [[{ text: "", score: 0, path: [], best: 0 }]]; // those that end with the start, candidate 0, 1, …
  for (let stop = 1; stop < count + 2; stop++) { // the last one is the end
    const found = new Map();
    for (let start = Math.max(0, stop - BACK); start < stop; start++) {
      const step = steps[start][stop];
      if (step === -Infinity) continue;
      if (stop > count) {
        extend(found, ways[start], "", step, []);
        continue;
      }
      for (const sign of likeliest[stop - 1]) {
        const score = logs[stop - 1][sign];
        if (sign === likeliest[stop - 1][0] || score > UNLIKELY) {
          extend(found, ways[start], SIGNS[sign], step + score, [stop - 1]);
        }
      }
    }
    ways.push([...found.values()].sort(likelier).slice(0, most));
  }
  return [ways.at(-1), totalOf(line, steps)];
}

const likelier = (a, b) => b.score - a.score || (a.text < b.text ? -1 : 1);

/** What `choose` returns, with texts less likely that nobody writes: as_written. */
export function asWritten(ways, total) {
  const weighed = ways.map((way) => (written.test(way.text) ? way : { ...way, score: way.score + UNUSUAL }));
  const share = (all) => sum(all.map((way) => Math.exp(way.score - total)));
  const rest = Math.max(1 - share(ways), 0); // of the texts that are not among these
  return [weighed.toSorted(likelier), total + Math.log(rest + share(weighed))];
}

/** Add ways, longer by one sign, to those found; ways of one text become one: _extend. */
function extend(found, ways, sign, step, path) {
  for (const way of ways) {
    const longer = {
      text: way.text + sign,
      score: way.score + step,
      path: [...way.path, ...path],
      best: way.best + step,
    };
    const known = found.get(longer.text);
    if (known === undefined) {
      found.set(longer.text, longer);
    } else {
      const better = longer.best > known.best ? longer : known;
      found.set(longer.text, { ...better, score: logSumExp([known.score, longer.score]) });
    }
  }
}

/** The logarithm of the sum over all ways of any text: total_of. */
function totalOf(line, steps) {
  const signs = line.map(({ p }) => Math.log(Math.max(1 - p[NONE], LEAST)));
  const total = [0];
  for (let stop = 1; stop < steps.length; stop++) {
    const own = stop < steps.length - 1 ? signs[stop - 1] : 0;
    total.push(logSumExp(total.map((x, start) => x + steps[start][stop])) + own);
  }
  return total.at(-1);
}

/** What a step costs from each candidate to each, start and end among them: steps_of. */
function stepsOf(line) {
  const logs = line.map(({ p }) => Math.log(clip(p[NONE], LEAST, 1)));
  const count = line.length;
  const cost = Array.from({ length: count + 2 }, () => Array(count + 2).fill(-Infinity));
  for (let start = 0; start <= count; start++) {
    for (let stop = start + 1; stop <= Math.min(start + BACK, count + 1); stop++) {
      if (clash(line, start, stop)) continue;
      const between = range(stop - 1 - start).map((i) => start + i);
      const unread = between.filter((own) => !clash(line, start, own + 1) && !clash(line, stop, own + 1));
      cost[start][stop] = sum(unread.map((own) => logs[own]));
    }
  }
  return cost;
}

/** Whether two candidates overlap, counted from 1; start and end overlap none: _clashes. */
function clash(line, first, second) {
  const [one, other] = [line[first - 1], line[second - 1]];
  if (!one || !other) return false;
  const overlap = (low, high, size) => {
    const both = Math.min(one.box[high], other.box[high]) - Math.max(one.box[low], other.box[low]);
    return both > OVERLAP * Math.min(size(one), size(other));
  };
  return overlap(0, 2, widthOf) && overlap(1, 3, heightOf);
}
