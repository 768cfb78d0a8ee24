import type { Severity } from "../../schema/model/vulnerability.ts";

/** From harmless to worst. `unknown` is none of them: see `rankOf`. */
export const LEVELS = ["none", "low", "medium", "high", "critical"] as const satisfies readonly Severity[];

/** Place in `LEVELS`. What nobody has rated counts as the worst: it could be. */
export function rankOf(severity: Severity): number {
  return severity === "unknown" ? LEVELS.length - 1 : LEVELS.indexOf(severity);
}

/** The worse of two; one that is known rather than one that is not. */
export function worse(a: Severity, b: Severity): Severity {
  if (a === "unknown" || b === "unknown") return a === "unknown" ? b : a;
  return rankOf(a) >= rankOf(b) ? a : b;
}

/** CVSS 3.1, section 5, and CVSS 4.0, section 6: the word for a score from 0 to 10. */
export function levelOfScore(score: number): Severity {
  if (score <= 0) return "none";
  if (score < 4) return "low";
  if (score < 7) return "medium";
  return score < 9 ? "high" : "critical";
}

/** The same for CVSS 2, which knows neither `none` nor `critical`: as the National Vulnerability Database reads it. */
export function levelOfScore2(score: number): Severity {
  if (score < 4) return "low";
  return score < 7 ? "medium" : "high";
}

const WORDS: Readonly<Record<string, Severity>> = {
  none: "none",
  negligible: "none",
  low: "low",
  medium: "medium",
  moderate: "medium",
  important: "high",
  high: "high",
  critical: "critical",
};

/** The words that advisories use instead of a score, whatever their case; undefined for any other. */
export function levelOfWord(word: string): Severity | undefined {
  const key = word.toLowerCase();
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
}
