import { closeSync, fstatSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { openRegular } from "../../host/files.ts";
import { firstOf, nameAt } from "../../host/package-list/name-table.ts";
import { baseOf } from "../osv/ordering.ts";
import {
  type Advisory,
  type DatabaseFacts,
  type DatabaseIndex,
  decodeIndex,
  indexLength,
  LONGEST_HEADER,
  nameOf,
} from "./layout.ts";

/** A database that was opened. Only what is asked for is read. */
export interface Database {
  readonly facts: DatabaseFacts;
  /** Everything about one package. Throws where the file cannot be read, or is cut off. */
  advisories(ecosystem: string, name: string): readonly Advisory[];
  close(): void;
}

/** Where a database may lie, and whose it must be. */
export interface DatabaseFolder {
  readonly path: string;
  /** User ids that may own the file and the folder: nobody else may be able to write either. */
  readonly owners: readonly number[];
}

/** Most that an index takes: many times what the largest ecosystem has. */
const MAX_INDEX_BYTES = 512 * 1024 * 1024;
const ENDING = ".advisories";

/** Name of the file with the database about an ecosystem. */
export function databaseName(ecosystem: string): string {
  return `${encodeURIComponent(baseOf(ecosystem)).toLowerCase()}${ENDING}`;
}

/** Whether there is any database at all. */
export function hasDatabase(folders: readonly DatabaseFolder[]): boolean {
  return folders.some(({ path }) => {
    try {
      return readdirSync(path).some((name) => name.endsWith(ENDING));
    } catch {
      return false;
    }
  });
}

/**
 * The newest database about an ecosystem in these folders, by the date of its contents; undefined where there is none that is
 * whole and of its proper owner.
 */
export function openDatabase(folders: readonly DatabaseFolder[], ecosystem: string): Database | undefined {
  const found = folders.flatMap((folder) => openIn(folder, ecosystem) ?? []);
  const newest = found.toSorted((a, b) => Date.parse(b.facts.date) - Date.parse(a.facts.date))[0];
  for (const other of found) if (other !== newest) other.close();
  return newest;
}

function openIn({ path, owners }: DatabaseFolder, ecosystem: string): Database | undefined {
  let fd: number | undefined;
  try {
    fd = openRegular(join(path, databaseName(ecosystem)));
    const { uid, mode, size } = fstatSync(fd);
    const index = owners.includes(uid) && (mode & 0o022) === 0 ? indexIn(fd, size) : undefined;
    if (index !== undefined && index.facts.ecosystem === baseOf(ecosystem)) return databaseOver(fd, index);
  } catch {
    // as one that is not there
  }
  if (fd !== undefined) closeSync(fd);
  return undefined;
}

function indexIn(fd: number, size: number): DatabaseIndex | undefined {
  const length = indexLength(piece(fd, 0, Math.min(size, LONGEST_HEADER + 4)));
  if (length === undefined || length > Math.min(size, MAX_INDEX_BYTES)) return undefined;
  return decodeIndex(piece(fd, 0, length), size);
}

function databaseOver(fd: number, { facts, names, ends, start }: DatabaseIndex): Database {
  return {
    facts,
    advisories: (ecosystem, name) => {
      const key = nameOf(ecosystem, name);
      const at = firstOf(names, key);
      if (at === ends.length || nameAt(names, at) !== key) return [];
      const from = at === 0 ? 0 : (ends[at - 1] ?? 0);
      return JSON.parse(piece(fd, start + from, (ends[at] ?? 0) - from).toString("utf8")) as readonly Advisory[];
    },
    close: () => closeSync(fd),
  };
}

function piece(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const count = readSync(fd, bytes, done, length - done, at + done);
    if (count === 0) throw new Error("the database of vulnerabilities is cut off");
    done += count;
  }
  return bytes;
}
