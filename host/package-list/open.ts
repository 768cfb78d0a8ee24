import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync, writeSync } from "node:fs";
import { extname, join } from "node:path";
import { sha256 } from "../digest.ts";
import { stampOf } from "../file-stamp.ts";
import { makeFolder, writeAtomic } from "../files.ts";
import { openOwn, readOwn } from "../own-file.ts";
import { buildIndex } from "./build.ts";
import { type BuildIndex, decodeIndex, encodeIndex, type ListIndex, readBuildIndex } from "./layout.ts";

/** An index, and what its positions are in: the descriptor of an open file, or the bytes themselves. */
export interface OpenIndex {
  readonly index: ListIndex;
  readonly text: number | Buffer;
  /** Where the text lies in a file; absent where it lies in memory. */
  readonly kept?: KeptText;
}

/** The text of a list in a file, as data that another process can find it by. */
export interface KeptText {
  readonly path: string;
  readonly size: number;
  /** Of the list itself, where that is the text: see file-stamp.ts. Absent for a copy, which is named after its content. */
  readonly stamp?: string;
  /** Where its index lies, and the digest of the text that it has to be of. */
  readonly index: string;
  readonly sha256: string;
}

const PACKED = new Set([".gz", ".xz", ".zst", ".lz4", ".bz2", ".lzma"]);

/** How often a list that apt is just replacing is read again. */
const ATTEMPTS = 5;

/** As `openPackageList`. */
export async function openListIndex(path: string, cache: string | undefined): Promise<OpenIndex> {
  const places = cache === undefined ? undefined : placesOf(path, join(cache, "lists"));
  const kept = places === undefined ? undefined : openKept(path, places);
  if (kept !== undefined) return kept;
  for (let attempt = 1; ; attempt++) {
    const stamp = stampOf(path);
    const fresh =
      (places === undefined ? undefined : await build(path, stamp, places)) ?? (await inMemory(path, stamp));
    if (stampOf(path) === stamp || attempt === ATTEMPTS) return fresh;
    if (typeof fresh.text === "number") closeSync(fresh.text);
  }
}

interface Places {
  readonly folder: string;
  /** What the names of all files about this list begin with. */
  readonly prefix: string;
  readonly index: string;
  /** The unpacked copy; the list itself where it is not packed. */
  readonly text: string;
  readonly isPacked: boolean;
}

function placesOf(path: string, folder: string): Places {
  const isPacked = PACKED.has(extname(path));
  const prefix = sha256(path).slice(0, 24);
  const index = join(folder, `${prefix}.index`);
  return { folder, prefix, index, text: isPacked ? join(folder, `${prefix}.text`) : path, isPacked };
}

function openKept(path: string, places: Places): OpenIndex | undefined {
  try {
    const kept = readOwn(places.index);
    const index = kept === undefined ? undefined : decodeIndex(kept);
    if (index === undefined || index.stamp !== stampOf(path)) return undefined;
    const text = places.isPacked ? openOwn(copyOf(places.text, index.sha256)) : openSync(places.text, "r");
    if (text === undefined) return undefined;
    if (fstatSync(text).size === index.size) return { index, text, kept: keptText(index, places) };
    closeSync(text);
    return undefined;
  } catch {
    return undefined;
  }
}

function keptText({ sha256, size, stamp }: ListIndex, { isPacked, text, index }: Places): KeptText {
  const about = { size, index, sha256 };
  return isPacked ? { path: copyOf(text, sha256), ...about } : { path: text, stamp, ...about };
}

function copyOf(text: string, sha256: string): string {
  return `${text}.${sha256.slice(0, 16)}`;
}

/** Opens a list that was found before, with what its builds are looked up by; undefined where it is not there any more as it was. */
export async function openLean(
  kept: KeptText,
): Promise<{ readonly index: BuildIndex; readonly text: number } | undefined> {
  const fd = openOwn(kept.index);
  if (fd === undefined) return undefined;
  try {
    const index = await readBuildIndex(fd, fstatSync(fd).size);
    const text = index?.sha256 === kept.sha256 ? openText(kept) : undefined;
    return index === undefined || text === undefined ? undefined : { index, text };
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function openText({ path, size, stamp }: KeptText): number | undefined {
  if (stamp !== undefined && stampOf(path) !== stamp) return undefined;
  const fd = stamp === undefined ? openOwn(path) : openSync(path, "r");
  if (fd === undefined || fstatSync(fd).size === size) return fd;
  closeSync(fd);
  return undefined;
}

/** Undefined where nothing can be kept; what is wrong with the list itself is an error. */
async function build(path: string, stamp: string, places: Places): Promise<OpenIndex | undefined> {
  const temporary = join(places.folder, `${places.prefix}.new-${randomBytes(6).toString("hex")}`);
  const copy = places.isPacked ? openNew(places.folder, temporary) : openSync(path, "r");
  if (copy === undefined) return undefined;
  const keep = places.isPacked ? keeper(copy) : { write: () => undefined, failed: () => false };
  try {
    const index = await buildIndex(path, stamp, keep.write);
    if (!keep.failed() && keepIndex(index, places, temporary))
      return { index, text: copy, kept: keptText(index, places) };
  } catch (fault) {
    closeSync(copy);
    throw fault;
  } finally {
    removeIfThere(temporary);
  }
  closeSync(copy);
  return undefined;
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // no folder to remove it from
  }
}

function openNew(folder: string, path: string): number | undefined {
  try {
    makeFolder(folder, 0o755);
    return openSync(path, "wx+", 0o644);
  } catch {
    return undefined;
  }
}

/** Writes until something goes wrong, and says so: a full disk must not fail a run that only wanted to be quick. */
function keeper(file: number): { write(piece: Buffer): void; failed(): boolean } {
  let failed = false;
  return {
    write: (piece) => {
      try {
        for (let done = 0; !failed && done < piece.length; ) done += writeSync(file, piece, done);
      } catch {
        failed = true;
      }
    },
    failed: () => failed,
  };
}

/** The copy first, and under the name of its content: an index is never seen with the text of another. */
function keepIndex(index: ListIndex, places: Places, temporary: string): boolean {
  try {
    const text = copyOf(places.text, index.sha256);
    if (places.isPacked) renameSync(temporary, text);
    else makeFolder(places.folder, 0o755);
    writeAtomic(places.index, encodeIndex(index), 0o644);
    for (const name of readdirSync(places.folder)) {
      const path = join(places.folder, name);
      if (name.startsWith(`${places.prefix}.text.`) && path !== text) rmSync(path, { force: true });
    }
    return true;
  } catch {
    return false;
  }
}

async function inMemory(path: string, stamp: string): Promise<OpenIndex> {
  const pieces: Buffer[] = [];
  // A piece is only good until the next one comes.
  const index = await buildIndex(path, stamp, (piece) => void pieces.push(Buffer.from(piece)));
  return { index, text: Buffer.concat(pieces) };
}
