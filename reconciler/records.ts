import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Artifact, Evidence, Judgement } from "../schema/model/artifact.ts";
import type { ArtifactRecord, Records } from "../schema/model/provider.ts";
import { readJson } from "./json-file.ts";
import type { Store } from "./store.ts";

/** Every artifact that omg verified in this scope: what rollback and repair work from when no index lists it any more. */
export interface RecordBook extends Records {
  remember(artifacts: readonly Artifact[], judgements: readonly Judgement[]): void;
}

export function openRecords(path: string, store: Store): RecordBook {
  let book: Record<string, ArtifactRecord> | undefined;
  const read = () => {
    book ??= readJson<Record<string, ArtifactRecord>>(readIfPresent(path), path, () => true) ?? {};
    return book;
  };
  return {
    artifact: (address, version) => read()[`${address}=${version}`],
    stored: (sha256) => store.has(sha256),
    remember: (artifacts, judgements) => {
      const evidence = new Map(judgements.map(({ sha256, evidence: found }) => [sha256, found.filter(isLasting)]));
      const added = artifacts.map(
        (artifact) =>
          [`${artifact.address}=${artifact.version}`, recordOf(artifact, evidence.get(artifact.sha256) ?? [])] as const,
      );
      if (added.length === 0) return;
      const known = read();
      book = { ...known, ...Object.fromEntries(added.filter(([key, record]) => !isWorse(record, known[key]))) };
      makeFolder(dirname(path));
      writeAtomic(path, `${JSON.stringify(book)}\n`);
    },
  };
}

/** Of its vulnerabilities the next run asks again: today's answer is not kept as one about the bytes. */
function isLasting({ check }: Evidence): boolean {
  return check !== "vulnerabilities";
}

/** The same bytes were vouched for once, and now are not: a source that went stale takes nothing back. */
function isWorse(record: ArtifactRecord, known: ArtifactRecord | undefined): boolean {
  const passes = ({ evidence }: ArtifactRecord) => evidence.every(({ verdict }) => verdict === "pass");
  return known !== undefined && known.sha256 === record.sha256 && passes(known) && !passes(record);
}

function recordOf(artifact: Artifact, evidence: ArtifactRecord["evidence"]): ArtifactRecord {
  const { sha256, filename, origin, arch, size, control, advisory } = artifact;
  return {
    sha256,
    filename,
    origin,
    arch,
    ...(size === undefined ? {} : { size }),
    ...(control === undefined ? {} : { control }),
    ...(advisory === undefined ? {} : { advisory }),
    evidence,
  };
}
