import { existsSync } from "node:fs";
import { compressionOf, decompressFile } from "../../../host/compression.ts";
import { tarEntries } from "../../../host/tar-in-memory.ts";
import { OmgError } from "../../../schema/error.ts";
import { numberOf, type PackageDesc, packageOf, parseDesc, splitFolder } from "../desc.ts";

/** That a repository has a package, as the names of its database's folders say. */
export interface Listed {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
}

/** The same with its description, which is read where somebody wants to know more: most of 15,000 nobody asks about. */
export interface DatabaseEntry extends Listed {
  readonly content: Buffer;
}

/** A package as a repository offers it. */
export interface OfferedPackage extends PackageDesc {
  readonly repository: string;
  readonly filename: string;
  /** Bytes to fetch. */
  readonly download?: number;
  /** Hex; absent where the database has none. */
  readonly sha256?: string;
  /** What the database says of it, in pacman's own form. */
  readonly text: string;
}

/** Arch's largest database has some 25 MB unpacked. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Of one package; Arch's largest description has some 20 kB. */
const MAX_ENTRY = 1 << 20;
/** Old databases have a file `depends` beside `desc`. */
const FILES = ["/desc", "/depends"];

/** Where pacman keeps what a repository offers. */
export function databaseFile(folder: string, repository: string): string {
  return `${folder}sync/${repository}.db`;
}

/**
 * Everything that a repository lists, in any of the forms that repo-add writes; undefined where its database was never fetched.
 * Errors: OmgError `pacman-database` for one that cannot be read; system errors pass.
 */
export async function readDatabase(folder: string, repository: string): Promise<readonly DatabaseEntry[] | undefined> {
  const path = databaseFile(folder, repository);
  if (!existsSync(path)) return undefined;
  try {
    const archive = await decompressFile(path, MAX_BYTES, compressionOf(path));
    const contents = new Map<string, Buffer>();
    for (const { name, content } of tarEntries(archive)) {
      const slash = name.indexOf("/");
      if (slash <= 0 || !FILES.includes(name.slice(slash))) continue;
      const before = contents.get(name.slice(0, slash));
      if ((before?.length ?? 0) + content.length > MAX_ENTRY)
        throw new RangeError(`what it says of one package has more than ${MAX_ENTRY} bytes`);
      contents.set(name.slice(0, slash), before === undefined ? content : Buffer.concat([before, content]));
    }
    return [...contents].flatMap(([called, content]) => {
      const split = splitFolder(called);
      return split === undefined || /\s/.test(called) ? [] : [{ ...split, repository, content }];
    });
  } catch (cause) {
    if (!(cause instanceof RangeError) && !(cause instanceof OmgError)) throw cause;
    throw unreadable(path, cause);
  }
}

/** What an entry says. None for one that says another package than its folder, which pacman refuses, or that names no file. Pure. */
export function offeredIn({ name, version, repository, content }: DatabaseEntry): readonly OfferedPackage[] {
  const text = content.toString("utf8");
  const fields = parseDesc(text);
  const found = packageOf(fields);
  const filename = fields.get("FILENAME")?.[0];
  if (found?.name !== name || found.version !== version) return [];
  if (filename === undefined || filename.includes("/") || filename.startsWith(".")) return [];
  const sha256 = fields.get("SHA256SUM")?.[0]?.toLowerCase();
  const download = numberOf(fields.get("CSIZE")?.[0]);
  const offered: OfferedPackage = {
    ...found,
    repository,
    filename,
    ...(download === undefined ? {} : { download }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    text,
  };
  return [offered];
}

function unreadable(path: string, cause: Error): OmgError {
  return new OmgError({
    code: "pacman-database",
    exit: "error",
    message: `${path} could not be read: ${cause.message.replace(/\.$/, "")}.`,
    state: "Nothing was changed.",
    hint: "`omg update` fetches the databases again.",
    cause,
  });
}
