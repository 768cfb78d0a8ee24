import { closeSync, fstatSync, readSync } from "node:fs";
import { Stanza } from "../deb822.ts";
import { stampOf } from "../file-stamp.ts";
import { closeSoon } from "../files.ts";
import type { BuildIndex, ListIndex } from "./layout.ts";
import { firstOf, type NameTable, nameAt } from "./name-table.ts";
import { type KeptText, type OpenIndex, openLean, openListIndex } from "./open.ts";

export type { KeptText } from "./open.ts";

/** One build in a Packages file. */
export interface ListEntry {
  readonly name: string;
  readonly arch: string;
  /** Bytes in the unpacked file. */
  readonly start: number;
  readonly length: number;
  /** Read when it is asked for. */
  stanza(): Stanza;
}

/** A Packages file, in any compression, as look-ups by name. What it says stays as it was when it was opened. */
export interface PackageList {
  /** Hex SHA-256 and bytes of the unpacked file. */
  readonly sha256: string;
  readonly size: number;
  /** Where its text can be found later; absent where that lies in memory. */
  readonly kept?: KeptText;
  /** Builds of this name, in the order of the file. */
  entries(name: string): readonly ListEntry[];
  /** Builds that provide this name. */
  providers(name: string): readonly ListEntry[];
  /** Name and architecture of everything in it, sorted by name. */
  all(): Iterable<ListEntry>;
}

/**
 * Opens a Packages file. With `cache`, a folder of this user's, what is found out about it is kept there together with an
 * unpacked copy, until the file changes: the next look takes some milliseconds and no memory. Errors: those of
 * `decompressedPieces`; system errors pass.
 */
export async function openPackageList(path: string, cache: string | undefined): Promise<PackageList> {
  return listOf(await openListIndex(path, cache));
}

/** As `openPackageList`, for lists that several parts of a run ask about: while somebody has it open, and the file is as it was, it is the same. */
export async function sharedPackageList(path: string, cache: string | undefined): Promise<PackageList> {
  const stamp = stampOf(path);
  const known = opened.get(path);
  const same = known?.stamp === stamp && known.cache === cache ? known.list.deref() : undefined;
  if (same !== undefined) return same;
  const list = await openPackageList(path, cache);
  opened.set(path, { stamp, cache, list: new WeakRef(list) });
  return list;
}

/** A list that another process found. */
export interface KeptList extends Pick<PackageList, "entries"> {
  close(): void;
}

/** Looks builds up in it, and keeps little of it in memory. Undefined where it is no longer what it was. */
export async function openKeptList(kept: KeptText): Promise<KeptList | undefined> {
  const open = await openLean(kept);
  if (open === undefined) return undefined;
  const { index, text } = open;
  const read = (at: number, length: number) => readText(text, at, length);
  return {
    entries: (name) => numbersOf(index.names, name).map((number) => entryAt(index, number, read)),
    close: () => closeSoon(text),
  };
}

const opened = new Map<string, { stamp: string; cache: string | undefined; list: WeakRef<PackageList> }>();

function listOf({ index, text, kept }: OpenIndex): PackageList {
  const read = typeof text === "number" ? reader(text) : (at: number, length: number) => text.subarray(at, at + length);
  const entry = (number: number) => entryAt(index, number, read);
  return {
    sha256: index.sha256,
    size: index.size,
    ...(kept !== undefined && { kept }),
    entries: (name) => numbersOf(index.names, name).map(entry),
    providers: (name) => providersOf(index, name).map(entry),
    all: function* () {
      for (let number = 0; number < index.starts.length; number++) yield entry(number);
    },
  };
}

function entryAt(index: BuildIndex, number: number, read: (at: number, length: number) => Buffer): ListEntry {
  const [start, length] = [index.starts[number] ?? 0, index.lengths[number] ?? 0];
  return {
    name: nameAt(index.names, number),
    arch: index.architectures[index.arches[number] ?? -1] ?? "",
    start,
    length,
    stanza: () => new Stanza(read(start, length), 0, length),
  };
}

/** Numbers of the entries of a name: they stand side by side. */
function numbersOf(names: NameTable, name: string): readonly number[] {
  const found: number[] = [];
  for (let at = firstOf(names, name); at < names.ends.length && nameAt(names, at) === name; at++) found.push(at);
  return found;
}

function providersOf({ provided, providedStarts, providers }: ListIndex, name: string): readonly number[] {
  const at = firstOf(provided, name);
  if (at === provided.ends.length || nameAt(provided, at) !== name) return [];
  return [...providers.subarray(providedStarts[at], providedStarts[at + 1])];
}

/** Closes what nobody reads from any more. */
const closing = new FinalizationRegistry((descriptor: number) => closeSync(descriptor));

/** The file stays open, so that one that takes its place meanwhile is not mixed in. */
function reader(descriptor: number): (at: number, length: number) => Buffer {
  const read = (at: number, length: number): Buffer => readText(descriptor, at, length);
  closing.register(read, descriptor);
  return read;
}

/** Bytes of an open text. @throws where it ends before */
function readText(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  for (let count = 1; done < length && count > 0; done += count) {
    count = readSync(descriptor, bytes, done, length - done, at + done);
  }
  if (done < length)
    throw new Error(`a package list ends at byte ${fstatSync(descriptor).size}, before ${at + length}`);
  return bytes;
}
