import { metricsIn, type Weights, weighed } from "./metrics.ts";

/** CVSS 3.1, section 7.4; those of 3.0 are the same. */
const WEIGHTS: Weights = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
const PRIVILEGES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
};

/**
 * Base score, 0 to 10, of a vector of CVSS 3.0 or 3.1 (first.org/cvss/v3.1/specification-document, section 7.1); undefined for
 * any other text. Temporal and environmental metrics may stand in it and do not count.
 */
export function cvss3Score(vector: string): number | undefined {
  const [, minor, rest = ""] = /^CVSS:3\.([01])\/(.+)$/.exec(vector) ?? [];
  const metrics = minor === undefined ? undefined : metricsIn(rest);
  const weights = metrics === undefined ? undefined : weighed(metrics, WEIGHTS);
  const scope = metrics?.get("S") ?? "";
  const privileges = Object.hasOwn(PRIVILEGES, scope) ? PRIVILEGES[scope]?.[metrics?.get("PR") ?? ""] : undefined;
  if (weights === undefined || privileges === undefined) return undefined;
  const { AV = 0, AC = 0, UI = 0, C = 0, I = 0, A = 0 } = weights;
  const impact = impactOf(1 - (1 - C) * (1 - I) * (1 - A), scope === "C");
  if (impact <= 0) return 0;
  const sum = impact + 8.22 * AV * AC * privileges * UI;
  const roundUp = minor === "0" ? roundUp30 : roundUp31;
  return roundUp(Math.min(scope === "C" ? 1.08 * sum : sum, 10));
}

function impactOf(base: number, changed: boolean): number {
  return changed ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base;
}

/** CVSS 3.1, appendix A: to the next tenth, without what binary fractions add. */
function roundUp31(value: number): number {
  const hundredThousandths = Math.round(value * 100_000);
  return hundredThousandths % 10_000 === 0
    ? hundredThousandths / 100_000
    : (Math.floor(hundredThousandths / 10_000) + 1) / 10;
}

/** CVSS 3.0, section 8: to the next tenth. */
function roundUp30(value: number): number {
  return Math.ceil(value * 10) / 10;
}
