import type { Evidence, Grade } from "../schema/model/artifact.ts";

/** From worst to best. */
export const GRADES: readonly Grade[] = ["risk", "community", "verified", "locked"];

/** Negative when `a` is worse than `b`, 0 when equal, positive when better. */
export function compareGrades(a: Grade, b: Grade): number {
  return GRADES.indexOf(a) - GRADES.indexOf(b);
}

/**
 * What the evidence adds up to. Pure.
 *
 * - `locked`: provenance (SLSA level 3, of a source that policy names), signature and checksum pass; `verified`: signature and
 *   checksum; `community`: checksum.
 * - `risk`: some check failed, or the bytes or their signature could not be checked at all. A check that could not be done
 *   lifts nothing, and for these two it must not be a way around a failure either.
 * - A source that is bound to no key is `risk` too, however good its signature: any key on the machine could have made it.
 * - A checksum or signature that is `pending` counts as the pass it has to become: the grade is then provisional (see
 *   `isProvisional`).
 */
export function grade(evidence: readonly Evidence[]): Grade {
  if (evidence.some(({ verdict }) => verdict === "fail")) return "risk";
  if (evidence.some(({ check, verdict }) => verdict === "unknown" && (check === "checksum" || check === "signature")))
    return "risk";
  if (evidence.some(({ code }) => code === "no-keyring-bound")) return "risk";
  if (!all(evidence, "checksum", (verdict) => verdict === "pass" || verdict === "pending")) return "risk";
  if (!all(evidence, "signature", (verdict) => verdict === "pass" || verdict === "pending")) return "community";
  return isLocked(evidence) ? "locked" : "verified";
}

/** SLSA build level 3, of a source that policy names; provenance that is still to come counts as what it may become. */
function isLocked(evidence: readonly Evidence[]): boolean {
  const good = ({ verdict, facts }: Evidence) =>
    verdict === "pending" || (verdict === "pass" && facts.level === "3" && facts.source === "named");
  const found = evidence.filter(({ check }) => check === "provenance");
  return found.length > 0 && found.every(good);
}

/** Whether some of the evidence still waits for the bytes, so that the grade can only stay or fall. */
export function isProvisional(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ verdict }) => verdict === "pending");
}

/** There is evidence of this kind, and each piece of it is so. */
function all(
  evidence: readonly Evidence[],
  check: Evidence["check"],
  holds: (verdict: Evidence["verdict"]) => boolean,
): boolean {
  const of = evidence.filter((piece) => piece.check === check);
  return of.length > 0 && of.every(({ verdict }) => holds(verdict));
}
