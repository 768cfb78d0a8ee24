import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { OmgError } from "../schema/error.ts";
import { globMatches } from "../schema/files/glob.ts";
import type { ArchiveLayout, Operation } from "../schema/model/transaction.ts";
import { decompressedPieces } from "./compression.ts";
import { diskFullOr, errnoOf } from "./disk.ts";
import { type ExtractedTree, extractedTree, refused } from "./extracted-tree.ts";
import { failpoint } from "./failpoint.ts";
import { makeFolder, readIfPresent, syncFolder, temporarySibling } from "./files.ts";
import { CLEAN_ENV, run } from "./run.ts";
import { tarMembers } from "./tar.ts";
import { zipFiles } from "./zip.ts";

/** Several times what the largest runtime has. */
const MOST = { entries: 300_000, bytes: 6 * 1024 ** 3 };
/** No compiler or library shrinks to less than this; what is small may. */
const MOST_TIMES = 60;
const SMALL = 64 * 1024 * 1024;
const TYPE_BITS = 0o170000;
const REGULAR = 0o100000;
const SYNC = "/usr/bin/sync";

/**
 * Unpacks an archive into a hidden sibling of the folder, waits until that is on the disk, and renames it: what has the name is
 * whole. When several do so at once, the first to be done stays.
 * Errors: OmgError `archive-refused`, `archive-damaged`, `decompress-failed`, `unpack-failed`, `disk-full`, `extract-occupied`; system errors
 * pass.
 */
export async function extract(operation: Extract<Operation, { type: "extract" }>, object: string): Promise<void> {
  const { path, receipt } = operation;
  if (isSame(path, receipt)) return;
  makeFolder(dirname(path));
  const temporary = temporarySibling(path);
  try {
    mkdirSync(temporary, { mode: 0o755 });
    const made = await filled(operation, object, temporary);
    failpoint("extract.before-sync");
    await settle(temporary, made);
    failpoint("extract.before-rename");
    takePlace(temporary, path, receipt);
  } catch (cause) {
    throw diskFullOr(cause, path);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @returns paths of everything that was made, folders last and from the bottom up */
async function filled(
  { layout, receipt, sha256 }: Extract<Operation, { type: "extract" }>,
  object: string,
  folder: string,
): Promise<readonly string[]> {
  const limits = { ...MOST, bytes: Math.min(MOST.bytes, mostBytes(object)) };
  if (layout.format === "mise") {
    const { unpackByMise } = await import("./mise-unpack.ts");
    return unpackByMise({ layout, receipt, sha256 }, object, folder, limits);
  }
  const tree = extractedTree(folder, limits);
  await (layout.format === "zip" ? unzip : untar)(object, layout, tree);
  for (const [name, target] of Object.entries(layout.links ?? {})) tree.symbolicLink(name, target);
  await tree.file(receipt.name, 0o644, [Buffer.from(receipt.content)]);
  return tree.finish();
}

type Receipt = Extract<Operation, { type: "extract" }>["receipt"];

function isSame(path: string, { name, content }: Receipt): boolean {
  return readIfPresent(join(path, name))?.toString("utf8") === content;
}

function takePlace(temporary: string, path: string, receipt: Receipt): void {
  try {
    renameSync(temporary, path);
  } catch (cause) {
    if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errnoOf(cause) ?? "")) throw cause;
    if (!isSame(path, receipt)) throw occupied(path);
  }
  syncFolder(dirname(path));
}

function mostBytes(object: string): number {
  return Math.max(SMALL, statSync(object).size * MOST_TIMES);
}

async function untar(object: string, layout: ArchiveLayout, tree: ExtractedTree): Promise<void> {
  const ending = layout.format === "tar.xz" ? ".xz" : ".gz";
  for await (const member of tarMembers(decompressedPieces(object, MOST.bytes, ending))) {
    const name = placeOf(member.name, layout);
    if (member.type === "other") throw refused(`${JSON.stringify(member.name)} is neither a file, a folder nor a link`);
    if (name === undefined) continue;
    if (member.type === "folder") tree.folder(name);
    else if (member.type === "file") await tree.file(name, member.mode, member.content());
    else if (member.type === "symbolic link") tree.symbolicLink(name, member.target);
    else tree.hardLink(name, placeOf(member.target, layout) ?? member.target);
  }
}

async function unzip(object: string, layout: ArchiveLayout, tree: ExtractedTree): Promise<void> {
  const limits = { entries: MOST.entries, entryBytes: mostBytes(object), totalBytes: mostBytes(object) };
  for (const { entry, bytes } of zipFiles(object, limits)) {
    const type = entry.mode & TYPE_BITS;
    const isFolder = entry.name.endsWith("/");
    if (type !== 0 && type !== REGULAR && !isFolder)
      throw refused(`${JSON.stringify(entry.name)} is neither a file nor a folder`);
    const name = placeOf(entry.name, layout);
    if (name === undefined) continue;
    if (isFolder) tree.folder(name);
    // Where the archive does not say, whoever packed programs meant them to be run.
    else await tree.file(name, entry.mode === 0 ? 0o755 : entry.mode, [bytes]);
  }
}

/** Where an entry goes, or undefined for one that is left out. What is wrong with a name, the tree says. */
function placeOf(written: string, { strip, without = [], into = "" }: ArchiveLayout): string | undefined {
  const parts = written
    .replace(/^(?:\.\/)+/, "")
    .replace(/\/+$/, "")
    .split("/");
  if (parts.includes("..") || written.startsWith("/")) throw refused(`${JSON.stringify(written)} is no name within it`);
  const below = parts.slice(1).join("/");
  if (parts.length <= strip || parts[0] === "." || without.some((pattern) => globMatches(pattern, below)))
    return undefined;
  return posix.join(into, parts.slice(strip).join("/"));
}

/** One call for the file system is much faster than one for each of some thousand files; where it cannot be made, these. */
async function settle(folder: string, paths: readonly string[]): Promise<void> {
  const { code } = await run(SYNC, ["--file-system", folder], { env: CLEAN_ENV }).catch(() => ({ code: 1 }));
  if (code === 0) return;
  for (const path of paths) {
    const fd = openSync(path, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

function occupied(path: string): OmgError {
  const what = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? "folder" : "file";
  return new OmgError({
    code: "extract-occupied",
    exit: "partly",
    message: `${path} could not be made: another ${what} is there, which was made of something else.`,
    state: "It was left as it is.",
    hint: "If nobody needs it any more, move it away, and run the command again.",
  });
}
