import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Artifact, Judgement } from "../schema/model/artifact.ts";
import type { ArtifactRecord, Records } from "../schema/model/provider.ts";
import { readJson } from "./json-file.ts";
import type { Store } from "./store.ts";

/** Every artifact that omg verified in this scope: what rollback and repair work from when no index lists it any more. */
export interface RecordBook extends Records {
  remember(artifacts: readonly Artifact[], judgements: readonly Judgement[]): void;
  /** Address and version of what was recorded with these bytes. */
  named(sha256: string): { readonly address: string; readonly version: string } | undefined;
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
    named: (sha256) => {
      const [key] = Object.entries(read()).find(([, record]) => record.sha256 === sha256) ?? [];
      const equals = key?.indexOf("=") ?? -1;
      return key === undefined ? undefined : { address: key.slice(0, equals), version: key.slice(equals + 1) };
    },
    remember: (artifacts, judgements) => {
      const evidence = new Map(judgements.map((judgement) => [judgement.sha256, judgement.evidence]));
      const added = artifacts.map(
        (artifact) =>
          [`${artifact.address}=${artifact.version}`, recordOf(artifact, evidence.get(artifact.sha256) ?? [])] as const,
      );
      if (added.length === 0) return;
      const known = read();
      const better = added.filter(([key, record]) => !isWorse(record, known[key]));
      book = { ...known, ...Object.fromEntries(better.map(([key, record]) => [key, withBuild(record, known[key])])) };
      makeFolder(dirname(path));
      writeAtomic(path, `${JSON.stringify(book)}\n`);
    },
  };
}

/** The same bytes were vouched for once, and now are not: a source that went stale takes nothing back. */
function isWorse(record: ArtifactRecord, known: ArtifactRecord | undefined): boolean {
  const passes = ({ evidence }: ArtifactRecord) => evidence.every(({ verdict }) => verdict === "pass");
  return known !== undefined && known.sha256 === record.sha256 && passes(known) && !passes(record);
}

/** What was found out about how the same bytes were built stays known, also while no policy asks. */
function withBuild(record: ArtifactRecord, known: ArtifactRecord | undefined): ArtifactRecord {
  if (known?.sha256 !== record.sha256 || record.evidence.some(({ check }) => check === "provenance")) return record;
  return { ...record, evidence: [...record.evidence, ...known.evidence.filter(({ check }) => check === "provenance")] };
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
