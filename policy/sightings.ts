import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Artifact, Evidence, Judgement } from "../schema/model/artifact.ts";

// Since when a version is known, by what archives signed: the date of a Release file says that its index was there then. omg
// keeps the earliest that it met, and only where a policy has a rule about age.

/** Since when these bytes are known. Undefined where nothing that was verified says so. */
export function firstSeen(evidence: readonly Evidence[]): Date | undefined {
  const times = evidence
    .filter(({ check, verdict }) => check === "signature" && verdict === "pass")
    .map(({ facts }) => Date.parse(facts.firstSeen ?? facts.date ?? ""))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Earliest signed dates, kept in a file that only its owner writes. What cannot be read there was not seen. */
export interface Sightings {
  /** Adds to each signature that passes when the bytes were first seen (`firstSeen`), and keeps what is new. */
  withFirstSeen(artifacts: readonly Artifact[], judgements: readonly Judgement[]): readonly Judgement[];
}

/** Enough for every package of several archives; beyond it the oldest entries make room, which can only delay. */
const MOST = 200_000;

export function openSightings(path: string): Sightings {
  let known: Map<string, string> | undefined;
  return {
    withFirstSeen: (artifacts, judgements) => {
      known ??= readSightings(path);
      const dates = known;
      let added = false;
      const result = judgements.map((judgement, index) => {
        const artifact = artifacts[index];
        const now = firstSeen(judgement.evidence)?.toISOString();
        if (artifact === undefined || now === undefined) return judgement;
        const key = keyOf(artifact);
        const before = dates.get(key);
        if (before === undefined || now < before) {
          dates.set(key, now);
          added = true;
        }
        return dated(judgement, dates.get(key) ?? now);
      });
      if (added) writeSightings(path, dates);
      return result;
    },
  };
}

function keyOf({ origin, address, version, arch, sha256 }: Artifact): string {
  return [origin, address, version, arch, sha256].join(" ");
}

function dated(judgement: Judgement, since: string): Judgement {
  const evidence = judgement.evidence.map((piece) =>
    piece.check === "signature" && piece.verdict === "pass"
      ? { ...piece, facts: { ...piece.facts, firstSeen: since } }
      : piece,
  );
  return { ...judgement, evidence };
}

function readSightings(path: string): Map<string, string> {
  try {
    const value: unknown = JSON.parse(readIfPresent(path)?.toString("utf8") ?? "{}");
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    return new Map(entries.filter((entry): entry is [string, string] => isTime(entry[1])));
  } catch {
    return new Map();
  }
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && new Date(value).getTime() > 0 && new Date(value).toISOString() === value;
}

/** Best effort: what could not be kept is counted from the next time on. */
function writeSightings(path: string, dates: ReadonlyMap<string, string>): void {
  try {
    makeFolder(dirname(path));
    writeAtomic(path, `${JSON.stringify(Object.fromEntries([...dates].slice(-MOST)), undefined, 0)}\n`);
  } catch {
    // A full or read-only disk is found out, and told, by whoever has to write.
  }
}
