// How sure a line is. Follows digitile/reader/trust.py.

import { clip } from "./math.js";
import { CERTAIN } from "./numbers/trust.js";

/** ln(p/(1 − p)), finite for every p from 0 to 1: logit. */
function logit(p) {
  const inner = clip(p, CERTAIN, 1 - CERTAIN);
  return Math.log(inner / (1 - inner));
}

/** How likely a line is right: line_confidence. */
export function lineConfidence(trust, evidence) {
  if (trust === null) return evidence.text;
  const height = clip(evidence.height, trust.least_height, trust.most_height);
  const z =
    trust.bias +
    trust.text * logit(evidence.text) +
    trust.weakest * logit(evidence.weakest) +
    trust.length * Math.log(evidence.digits) +
    trust.size * Math.log(Math.max(height, 1)) +
    trust.alone * (evidence.digits === 1 ? Math.log(evidence.share) : 0) +
    trust.unread * evidence.unread;
  return 1 / (1 + Math.exp(-clip(z, -50, 50)));
}

/** Whether the trust was measured on lines so long, with digits so tall: is_measured. */
export function isMeasured(trust, evidence) {
  return trust !== null && evidence.digits <= trust.most_digits && evidence.height >= trust.least_height;
}
