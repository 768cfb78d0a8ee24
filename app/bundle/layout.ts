import { chownSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import { readIfPresent, readRegular, syncFolder, writeAtomic, writeOwned } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import { type BundleManifest, type Layout, layoutSchema } from "../../schema/wire/bundle-schema.ts";
import { refusal } from "../../team/bundle/errors.ts";
import { isArtifact } from "../../team/bundle/paths.ts";
import { differenceOf, type FileDifference } from "./differences.ts";

/** As one that people write may be. Bytes. */
const LARGEST = 4 << 20;
const JOURNAL = "layout.json";
/** Documents that count by their own signatures, and are only ever added to. */
const TRUST = ".omg/trust/";

/** Where a bundle was unpacked, in a folder that outlives this process. */
export const treeIn = (incoming: string): string => join(incoming, "tree");

/**
 * What would become of a folder. Nothing is written.
 * @throws OmgError `bundle-blocked` where a link or a folder is in the way, `bundle-trust-changed`
 */
export function compareWith(folder: string, incoming: string, manifest: BundleManifest): readonly FileDifference[] {
  return manifest.files
    .filter((file) => !isArtifact(file))
    .map(({ path }) => {
      const after = readRegular(join(treeIn(incoming), path), LARGEST);
      const difference = differenceOf(path, present(folder, path), after);
      if (difference.state === "changed" && path.startsWith(TRUST)) throw trustChanged(path);
      return difference;
    });
}

/** What has to be written for these differences, and what is there until then. */
export function layoutOf(
  folder: string,
  manifest: BundleManifest,
  differences: readonly FileDifference[],
  incoming: string,
): Layout {
  const changed = differences.filter(({ state }) => state !== "same").map(({ path }) => path);
  // The lock is what commands go by: it comes when all that it goes with is there.
  const ordered = [...changed.filter((path) => path !== "omg.lock"), ...changed.filter((path) => path === "omg.lock")];
  const digest = (bytes: Buffer | undefined) => (bytes === undefined ? null : sha256(bytes));
  const files = ordered.map((path) => ({
    path,
    sha256: sha256(readRegular(join(treeIn(incoming), path), LARGEST)),
    before: digest(present(folder, path)),
  }));
  return { format: 1, folder, manifest, files };
}

/**
 * Writes the files of a layout, each at once and the lock last. What is to be done is written down before, so that a run that is cut off can be
 * finished by the next one.
 * @param agreed what somebody saw and agreed to: anything else that is there now is not replaced
 * @throws OmgError `folder-changed`, before anything is written
 */
export function layOut(incoming: string, layout: Layout, agreed: readonly FileDifference[]): void {
  const now = compareWith(layout.folder, incoming, layout.manifest);
  if (JSON.stringify(now) !== JSON.stringify(agreed)) throw folderChanged(layout.folder);
  writeAtomic(join(incoming, JOURNAL), `${JSON.stringify(layout)}\n`, 0o600);
  finish(incoming, layout);
}

/** What an earlier run could not finish. @throws OmgError `record-damaged` */
export function openLayout(incoming: string): Layout | undefined {
  const text = readIfPresent(join(incoming, JOURNAL), 64 << 20);
  if (text === undefined) return undefined;
  try {
    return layoutSchema.parse(JSON.parse(text.toString("utf8")));
  } catch (cause) {
    throw new OmgError({
      code: "record-damaged",
      exit: "error",
      message: `${join(incoming, JOURNAL)}, which says what an earlier run was about to write, cannot be read.`,
      state: "Nothing was changed.",
      hint: "Compare the folder with what the bundle should have brought, then remove that file.",
      cause,
    });
  }
}

/** Writes what is not written yet. @returns the files that somebody changed meanwhile, and that are left as they are */
export function finish(incoming: string, { folder, files }: Layout): readonly string[] {
  const left: string[] = [];
  for (const file of files) {
    const found = present(folder, file.path);
    const digest = found === undefined ? null : sha256(found);
    if (digest === file.sha256) continue;
    const bytes = readIfPresent(join(treeIn(incoming), file.path), LARGEST);
    if (digest !== file.before || bytes === undefined || sha256(bytes) !== file.sha256) left.push(file.path);
    else write(folder, file.path, bytes);
  }
  return left;
}

/** To be called once all that belongs to it is remembered. */
export function closeLayout(incoming: string): void {
  rmSync(join(incoming, JOURNAL), { force: true });
  syncFolder(incoming);
}

/** The bytes of a regular file, or undefined where nothing is; never through a link. */
function present(folder: string, path: string): Buffer | undefined {
  const names = path.split("/");
  for (let at = 1; at <= names.length; at += 1) {
    const part = join(folder, ...names.slice(0, at));
    const found = lstatSync(part, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const fits = at < names.length ? found.isDirectory() : found.isFile();
    if (!fits) throw blocked(part, at < names.length ? "folder" : "file");
  }
  return readRegular(join(folder, path), LARGEST);
}

function write(folder: string, path: string, bytes: Buffer): void {
  makeOwnedFolder(dirname(join(folder, path)));
  writeOwned(join(folder, path), bytes);
}

/** A folder of the owner's of the one that it is made in. */
function makeOwnedFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  makeOwnedFolder(dirname(path));
  mkdirSync(path, { mode: 0o755 });
  const { uid, gid } = lstatSync(dirname(path));
  if (process.geteuid?.() === 0) chownSync(path, uid, gid);
}

function blocked(path: string, kind: string): OmgError {
  return refusal(
    "bundle-blocked",
    `${path} is in the way: it is no ${kind}.`,
    "Move it away, or receive in another folder.",
  );
}

function trustChanged(path: string): OmgError {
  return refusal(
    "bundle-trust-changed",
    `The bundle has another ${path} than there is here, and trust documents are only ever added.`,
    "Ask whoever looks after the team's keys which one is right.",
  );
}

function folderChanged(folder: string): OmgError {
  return refusal(
    "folder-changed",
    `Files in ${folder} were changed while you were asked about them.`,
    "Run the command again.",
    "stale",
  );
}
