import { rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonical, digestOf } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { listFolder } from "../host/folder.ts";
import { redacted } from "../host/redact.ts";
import type { Judgement } from "../schema/model/artifact.ts";
import { fileAt, type StoredFile } from "./store.ts";

/**
 * Everything that runs found when they verified: a file for each run, named by the SHA-256 of its canonical form. Log and
 * generations refer to it by that, and to the evidence of one artifact by the digest of its own. It goes with the last generation that it
 * is of, or by age (clean/survey.ts); what the log says of it stays.
 */
export interface EvidenceBooks {
  /** Durable when it returns. @returns its digest; undefined where nothing was judged */
  keep(judgements: readonly Judgement[]): string | undefined;
  /** Undefined where it is not there, or is not what its digest stands for any more. */
  read(digest: string): readonly Judgement[] | undefined;
  /** Every file that is there. */
  all(): readonly EvidenceBook[];
  remove(digest: string): void;
}

export interface EvidenceBook extends StoredFile {
  readonly digest: string;
}

/** One artifact's part of an intent: enough to find its evidence, and to tell whether it was changed. */
export function summaryOf({ address, sha256, grade, evidence }: Judgement): object {
  return { address, sha256, grade, evidence: evidenceDigest(evidence) };
}

/** Hex SHA-256 of the canonical form of everything that was checked of one artifact. */
export function evidenceDigest(evidence: Judgement["evidence"]): string {
  return digestOf(redacted(evidence));
}

const LARGEST = 64 * 1024 * 1024;

export function openEvidence(folder: string, mode: number): EvidenceBooks {
  const path = (digest: string) => join(folder, `${digest}.json.gz`);
  return {
    all: () =>
      listFolder(folder).flatMap((name) => {
        const [, digest] = /^([0-9a-f]{64})\.json\.gz$/.exec(name) ?? [];
        return digest === undefined ? [] : fileAt(path(digest)).map((file) => ({ ...file, digest }));
      }),
    remove: (digest) => rmSync(path(digest), { force: true }),
    keep: (judgements) => {
      if (judgements.length === 0) return undefined;
      const text = canonical(redacted(judgements));
      const digest = sha256(text);
      makeFolder(folder, mode === 0o600 ? 0o700 : 0o755);
      if (readIfPresent(path(digest)) === undefined) writeAtomic(path(digest), gzipSync(text), mode);
      return digest;
    },
    read: (digest) => {
      const bytes = /^[0-9a-f]{64}$/.test(digest) ? readIfPresent(path(digest), LARGEST) : undefined;
      const text = bytes === undefined ? undefined : unpacked(bytes);
      return text === undefined || sha256(text) !== digest ? undefined : (JSON.parse(text) as readonly Judgement[]);
    },
  };
}

function unpacked(bytes: Buffer): string | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST }).toString("utf8");
  } catch {
    return undefined;
  }
}
