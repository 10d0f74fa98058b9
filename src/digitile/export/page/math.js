// What NumPy and Python's own functions do, where JavaScript has no function or another one.

/** The nearest integer, of two as near the even one: Python's round, NumPy's rint. */
export function round(x) {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

export const clip = (x, low, high) => Math.min(Math.max(x, low), high);

export const sum = (values) => values.reduce((total, x) => total + x, 0);

export const mean = (values) => sum(values) / values.length;

/** NumPy's median; NaN of nothing. */
export const median = (values) => percentile(values, 50);

/** NumPy's percentile, linear between two values. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = ((sorted.length - 1) * share) / 100;
  const low = Math.floor(place);
  const high = Math.ceil(place);
  return low === high ? sorted[low] : sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/** ln Σ exp(x): NumPy's logaddexp.reduce. */
export function logSumExp(values) {
  const most = Math.max(...values);
  if (most === -Infinity) return most;
  return most + Math.log(sum(values.map((x) => Math.exp(x - most))));
}

/** Indices of values, lowest first, equal ones in their order: NumPy's stable argsort. */
export const argsort = (values) => [...values.keys()].sort((a, b) => values[a] - values[b]);

/** The index of the highest of values, the first of equal ones. */
export const argmax = (values) => values.indexOf(Math.max(...values));

/** 0, 1, … below a count. */
export const range = (count) => [...Array(Math.max(count, 0)).keys()];

/** The place within a side that mirrors one beyond it: OpenCV's BORDER_REFLECT_101. */
export function mirrored(side, i) {
  if (side === 1) return 0;
  const period = 2 * side - 2;
  const place = ((i % period) + period) % period;
  return place < side ? place : period - place;
}
