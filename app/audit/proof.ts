import type { Verification } from "../../reconciler/log.ts";
import type { ScopeAudit, WitnessAnswer } from "./results.ts";

type Proof = Pick<ScopeAudit, "proved" | "notProved">;

/** What follows from a log that is whole, and what does not. A broken one proves nothing. Pure. */
export function proofOf(found: Verification, witness: WitnessAnswer | undefined): Proof {
  const end = found.entries;
  if (found.broken !== undefined || end === 0) return { proved: [], notProved: [] };
  const seen = witness?.upTo ?? 0;
  return {
    proved: [
      ...(found.signed ? [signedUpTo(end)] : []),
      ...(witness !== undefined && seen > 0 ? [witnessed(witness.name, seen)] : []),
    ],
    notProved: [
      ...(found.signed ? [] : [UNSIGNED]),
      ...(witness === undefined ? [] : doubts(witness)),
      ...(seen === 0 ? [ANEW] : []),
      ...(seen > 0 && seen < end
        ? [`The same of the lines ${seen + 1} to ${end}, which no witness has seen yet.`]
        : []),
    ],
  };
}

const UNSIGNED =
  "That nobody who can write both the log and its head changed it: no key has signed it yet. The next line will be signed.";
const ANEW =
  "That nobody who has the key, as root does, wrote all of it anew, or put back an older log with its head: only a head that was noted elsewhere would show that.";

function signedUpTo(end: number): string {
  return `No line was changed, removed, added or moved by anybody who does not have the key that signed line ${end}.`;
}

function witnessed(name: string, seen: number): string {
  return `Up to line ${seen}, nobody who cannot also change ${name} wrote it anew since, not even with the key.`;
}

function doubts({ name, heads, otherwiseSigned }: WitnessAnswer): readonly string[] {
  if (heads === 0) return [`Anything by ${name}: it has no head of this log that could be read.`];
  if (otherwiseSigned === 0) return [];
  return [
    `That ${otherwiseSigned} of the heads in ${name} are omg's: they are not signed with this key, and agree all the same.`,
  ];
}
