import { existsSync } from "node:fs";
import { compressionOf, decompressFile } from "../../../host/compression.ts";
import { tarEntries } from "../../../host/tar-in-memory.ts";
import { OmgError } from "../../../schema/error.ts";
import { numberOf, type PackageDesc, packageOf, parseDesc } from "../desc.ts";

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

/** Where pacman keeps what a repository offers. */
export function databaseFile(folder: string, repository: string): string {
  return `${folder}sync/${repository}.db`;
}

/**
 * Everything that a repository offers, in any of the forms that repo-add writes; undefined where its database was never fetched.
 * Errors: OmgError `pacman-database` for one that cannot be read; system errors pass.
 */
export async function readDatabase(folder: string, repository: string): Promise<readonly OfferedPackage[] | undefined> {
  const path = databaseFile(folder, repository);
  if (!existsSync(path)) return undefined;
  try {
    const archive = await decompressFile(path, MAX_BYTES, compressionOf(path));
    const texts = new Map<string, string>();
    for (const { name, content } of tarEntries(archive)) {
      const slash = name.indexOf("/");
      // Old databases have a file `depends` beside `desc`.
      if (slash > 0 && ["desc", "depends"].includes(name.slice(slash + 1)))
        texts.set(name.slice(0, slash), (texts.get(name.slice(0, slash)) ?? "") + content.toString("utf8"));
    }
    return [...texts.values()].flatMap((text) => offeredOf(text, repository) ?? []);
  } catch (cause) {
    if (!(cause instanceof RangeError) && !(cause instanceof OmgError)) throw cause;
    throw unreadable(path, cause);
  }
}

/** Undefined for text that names no package. Pure. */
function offeredOf(text: string, repository: string): OfferedPackage | undefined {
  const fields = parseDesc(text);
  const found = packageOf(fields);
  const filename = fields.get("FILENAME")?.[0];
  if (found === undefined || filename === undefined || filename.includes("/") || filename.startsWith("."))
    return undefined;
  const sha256 = fields.get("SHA256SUM")?.[0]?.toLowerCase();
  const download = numberOf(fields.get("CSIZE")?.[0]);
  return {
    ...found,
    repository,
    filename,
    ...(download === undefined ? {} : { download }),
    ...(sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    text,
  };
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
