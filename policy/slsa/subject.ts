import { digestFile } from "../../host/digest.ts";
import { stripControls } from "../../host/text.ts";
import { printable } from "./bundle.ts";
import { ProvenanceRefusal } from "./finding.ts";
import type { Subject } from "./statement.ts";

/** The bytes that provenance is asked for, and what they are meant to be. */
export interface SubjectBytes {
  /** Hex. */
  readonly sha256: string;
  /** Absent while the bytes are not here: their SHA-256 is known all the same. */
  readonly path?: string;
  /** Absent where only a file is known, and not what package it is. */
  readonly package?: { readonly name: string; readonly version: string; readonly arch: string };
}

const LONGEST_NAME = 1024;

/**
 * The statement must be about these very bytes: every digest of ours among a subject's must be theirs, and there must be one.
 * @returns the subject's name
 * @throws ProvenanceRefusal `subject-mismatch`; `not-asked` when only the bytes would tell
 */
export async function matchSubject(subjects: readonly Subject[], bytes: SubjectBytes): Promise<string> {
  const asksMore = subjects.some(({ digest }) => digest.sha512 !== undefined);
  if (asksMore && bytes.path === undefined)
    throw new ProvenanceRefusal("not-asked", "It names a SHA-512, which only the bytes themselves tell.");
  const sha512 = asksMore && bytes.path !== undefined ? await digestFile(bytes.path, "sha512") : undefined;
  const same = subjects.filter(({ digest }) => isSame(digest, { sha256: bytes.sha256, sha512 }));
  const [first] = same;
  if (first === undefined) {
    const named = subjects.slice(0, 3).map(({ name }) => printable(name));
    throw new ProvenanceRefusal(
      "subject-mismatch",
      `The provenance is about other bytes than these (SHA-256 ${bytes.sha256}): ${named.join(", ")}.`,
    );
  }
  for (const { name } of same) checkName(name, bytes);
  return first.name;
}

function isSame(
  digest: Subject["digest"],
  { sha256, sha512 }: { readonly sha256: string; readonly sha512: string | undefined },
): boolean {
  const known = { sha256, sha512 };
  const compared = (["sha256", "sha512"] as const).filter((algorithm) => digest[algorithm] !== undefined);
  return compared.length > 0 && compared.every((algorithm) => digest[algorithm]?.toLowerCase() === known[algorithm]);
}

/** A name that tells a Debian package by its file's name (deb(5) has none; dpkg-name(1) has) must tell this one. */
function checkName(name: string, bytes: SubjectBytes): void {
  if (name === "" || name.length > LONGEST_NAME || stripControls(name) !== name)
    throw new ProvenanceRefusal("subject-mismatch", `The provenance calls these bytes ${printable(name)}.`);
  const [, named, version, arch] = /(?:^|\/)([a-z0-9][a-z0-9+.-]*)_([^_/]+)_([a-z0-9-]+)\.deb$/.exec(name) ?? [];
  const wanted = bytes.package;
  if (named === undefined || version === undefined || wanted === undefined) return;
  const same =
    named === wanted.name.replace(/:.*$/, "") && sameVersion(version, wanted.version) && arch === wanted.arch;
  if (!same)
    throw new ProvenanceRefusal(
      "subject-mismatch",
      `The provenance calls these bytes ${printable(name)}, and they would be installed as ${wanted.name} ${wanted.version} (${wanted.arch}).`,
    );
}

/** In file names an epoch is left out or its colon is written `%3a`. */
function sameVersion(inName: string, version: string): boolean {
  const plain = inName.replace(/%3a/i, ":");
  return plain === version || plain === version.replace(/^\d+:/, "");
}
