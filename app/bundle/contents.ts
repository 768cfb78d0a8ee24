import { lstatSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { sha256, sha256File } from "../../host/digest.ts";
import { readRegular } from "../../host/files.ts";
import { type FoundSecret, scanForSecrets } from "../../host/secret-scan.ts";
import { filesBelow } from "../../host/tree-files.ts";
import { OmgError } from "../../schema/error.ts";
import type { BundleFile } from "../../schema/wire/bundle-schema.ts";
import { ARTIFACTS, faultOfFiles } from "../../team/bundle/paths.ts";
import type { Context } from "../context.ts";
import type { FoundLock } from "../lock-file.ts";
import { artifactsOf, storesOf } from "./artifacts.ts";

/** What a bundle is about to hold. */
export interface Contents {
  readonly files: readonly BundleFile[];
  /** A file's bytes or, of an artifact, where they lie. */
  source(path: string): string | Buffer;
  /** Artifacts that the pins name and no store here holds. */
  readonly missing: number;
}

/** As a lock may be. Bytes. */
const LARGEST = 4 << 20;
/** How far a NUL is looked for, as git does it. Bytes. */
const HEAD = 8000;

/**
 * Reads what belongs to a lock: the lock and what it includes, the policy beside it, and everything below `.omg` that git does not ignore.
 * Files that people write are read once: what was looked through for secrets is what is sent.
 * @throws OmgError `not-shareable`, `secrets-found`
 */
export async function contentsOf(ctx: Context, found: FoundLock, withArtifacts: boolean): Promise<Contents> {
  const folder = dirname(found.lock.path);
  const texts = new Map<string, Buffer>();
  for (const [path, file] of await writtenFiles(folder, found)) texts.set(path, readRegular(file, LARGEST));
  refuseSecrets(folder, texts);
  const artifacts = withArtifacts ? await artifactFiles(ctx, found) : { places: new Map<string, string>(), missing: 0 };
  const files = [...texts].map(([path, bytes]) => ({ path, size: bytes.length, sha256: sha256(bytes) }));
  for (const [path, place] of artifacts.places) {
    ctx.signal.throwIfAborted();
    files.push({ path, ...(await sha256File(place)) });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const fault = faultOfFiles(files);
  if (fault !== undefined) throw notShareable(`${fault}.`);
  return { files, source: (path) => texts.get(path) ?? artifacts.places.get(path) ?? "", missing: artifacts.missing };
}

/** Absolute paths, by path in the bundle. */
async function writtenFiles(folder: string, { lock, includes }: FoundLock): Promise<ReadonlyMap<string, string>> {
  const files = new Map([["omg.lock", lock.path]]);
  for (const path of includes) {
    const name = relative(folder, path);
    if (name.startsWith("..")) throw notShareable(`The lock includes ${path}, which is not below its own folder.`);
    files.set(name, path);
  }
  const policy = join(folder, "policy.toml");
  if (lstatSync(policy, { throwIfNoEntry: false }) !== undefined) files.set(basename(policy), policy);
  const team = join(folder, ".omg");
  const kind = lstatSync(team, { throwIfNoEntry: false });
  if (kind === undefined) return files;
  if (!kind.isDirectory()) throw notShareable(`${team} is no folder.`);
  const below = await filesBelow(team);
  const [closed] = below.closed;
  if (closed !== undefined) throw notShareable(`${closed.folder} cannot be read: ${closed.reason}.`);
  for (const path of below.files) files.set(relative(folder, path), path);
  return files;
}

async function artifactFiles(ctx: Context, { lock }: FoundLock) {
  const [stores, places] = [storesOf(ctx), new Map<string, string>()];
  let missing = 0;
  for (const [digest, scope] of await artifactsOf(ctx, lock)) {
    if (stores[scope].has(digest)) places.set(`${ARTIFACTS}${digest}`, stores[scope].path(digest));
    else missing += 1;
  }
  return { places, missing };
}

/** What nobody can look through is not sent either. */
function refuseSecrets(folder: string, texts: ReadonlyMap<string, Buffer>): void {
  const lines: string[] = [];
  for (const [path, bytes] of texts) {
    if (bytes.subarray(0, HEAD).includes(0))
      throw notShareable(
        `${path} is no text, so that nobody can look for secrets in it. Keys can be exported with --armor.`,
      );
    for (const secret of scanForSecrets(bytes.toString("utf8"), join(folder, path)).secrets)
      lines.push(shown(path, secret));
  }
  if (lines.length === 0) return;
  throw new OmgError({
    code: "secrets-found",
    exit: "refused",
    message: `There ${lines.length === 1 ? "is a secret" : `are ${lines.length} secrets`} in what would be sent.`,
    state: "Nothing left this machine.",
    hint: "Take them out. What is harmless passes with omg:allow-secret on its line.",
    details: lines,
  });
}

function shown(path: string, { line, column, what, masked }: FoundSecret): string {
  return `${path}:${line}:${column}  ${what}  ${masked}`;
}

function notShareable(message: string): OmgError {
  return new OmgError({
    code: "not-shareable",
    exit: "invalid",
    message,
    state: "Nothing left this machine.",
    hint: "A bundle holds omg.lock, what it includes from below its folder, policy.toml, and .omg: text files with plain names.",
  });
}
