import { dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Artifact, Evidence, Judgement } from "../schema/model/artifact.ts";
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
      const evidence = new Map(judgements.map(({ sha256, evidence: found }) => [sha256, found.filter(isLasting)]));
      const added = artifacts.map(
        (artifact) =>
          [`${artifact.address}=${artifact.version}`, recordOf(artifact, evidence.get(artifact.sha256) ?? [])] as const,
      );
      if (added.length === 0) return;
      const known = read();
      book = { ...known, ...Object.fromEntries(added.map(([key, record]) => [key, withKnown(record, known[key])])) };
      makeFolder(dirname(path));
      writeAtomic(path, `${JSON.stringify(book)}\n`);
    },
  };
}

/** Of its vulnerabilities the next run asks again: today's answer is not kept as one about the bytes. */
function isLasting({ check }: Evidence): boolean {
  return check !== "vulnerabilities";
}

/**
 * Of the same bytes, the better answer to each check stays: a source that went stale, and a question that was not asked this time,
 * take nothing back.
 */
function withKnown(record: ArtifactRecord, known: ArtifactRecord | undefined): ArtifactRecord {
  if (known === undefined || known.sha256 !== record.sha256) return record;
  const checks = [...new Set([...record.evidence, ...known.evidence].map(({ check }) => check))];
  const evidence = checks.flatMap((check) => {
    const [now = [], before = []] = [record, known].map((each) => each.evidence.filter((one) => one.check === check));
    return now.length === 0 || (passes(before) && !passes(now)) ? before : now;
  });
  return { ...record, evidence };
}

function passes(evidence: ArtifactRecord["evidence"]): boolean {
  return evidence.length > 0 && evidence.every(({ verdict }) => verdict === "pass");
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
