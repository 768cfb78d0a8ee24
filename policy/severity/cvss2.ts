import { metricsIn, type Weights, weighed } from "./metrics.ts";

/** CVSS 2.0, section 3.2.1. */
const WEIGHTS: Weights = {
  AV: { L: 0.395, A: 0.646, N: 1 },
  AC: { H: 0.35, M: 0.61, L: 0.71 },
  Au: { M: 0.45, S: 0.56, N: 0.704 },
  C: { N: 0, P: 0.275, C: 0.66 },
  I: { N: 0, P: 0.275, C: 0.66 },
  A: { N: 0, P: 0.275, C: 0.66 },
};

/** Base score, 0 to 10, of a vector of CVSS 2 (first.org/cvss/v2/guide, section 3.2.1); undefined for any other text. */
export function cvss2Score(vector: string): number | undefined {
  const metrics = metricsIn(vector.replace(/^\((.*)\)$/, "$1"));
  const weights = metrics === undefined ? undefined : weighed(metrics, WEIGHTS);
  if (weights === undefined) return undefined;
  const { AV = 0, AC = 0, Au = 0, C = 0, I = 0, A = 0 } = weights;
  const impact = 10.41 * (1 - (1 - C) * (1 - I) * (1 - A));
  const exploitability = 20 * AV * AC * Au;
  const score = (0.6 * impact + 0.4 * exploitability - 1.5) * (impact === 0 ? 0 : 1.176);
  return Math.round(score * 10) / 10;
}
