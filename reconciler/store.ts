import { chmodSync, closeSync, existsSync, fsyncSync, lstatSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256File } from "../host/digest.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder, syncFolder } from "../host/files.ts";
import { listFolder } from "../host/folder.ts";
import { OmgError } from "../schema/error.ts";
import { withPart } from "./parts.ts";

/** Artifacts by content: `sha256/ab/cdef…`. A file that is there is whole: objects only ever appear by rename. */
export interface Store {
  /** Where the object of this hex SHA-256 lies, or would lie. */
  path(sha256: string): string;
  has(sha256: string): boolean;
  /**
   * Takes in bytes that `fill` writes to the path it is given; what a fetch that was cut off left of them may lie there
   * already. They are hashed again from the disk.
   * @throws OmgError `artifact-mismatch` when the bytes are not the ones named; nothing stays behind. After
   * `artifact-unreachable` and `interrupted` what had come stays for the next time, and never counts as an object.
   */
  add(sha256: string, fill: (path: string) => Promise<void>): Promise<void>;
  /** Every object in this store itself; what lies in one behind it is not named. */
  objects(): readonly StoredObject[];
  /** What fetches that were cut off left behind. */
  unfinished(): readonly StoredFile[];
  /** Takes an object out of this store itself. */
  remove(sha256: string): void;
}

export interface StoredFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** When it was last written. */
  readonly time: Date;
}

export interface StoredObject extends StoredFile {
  /** Hex SHA-256. */
  readonly sha256: string;
}

/** @param behind another store, only read: what it holds counts as here. */
export function openStore(folder: string, behind?: Store): Store {
  const place = (sha256: string) => join(folder, "sha256", sha256.slice(0, 2), sha256.slice(2));
  const path = (sha256: string) =>
    behind?.has(sha256) === true && !existsSync(place(sha256)) ? behind.path(sha256) : place(sha256);
  return {
    path,
    has: (sha256) => existsSync(path(sha256)),
    add: (sha256, fill) =>
      withPart(join(folder, "incoming"), sha256, async (part) => {
        await fill(part);
        await checkHash(part, sha256);
        settle(part, place(sha256));
      }),
    objects: () => objectsIn(join(folder, "sha256")),
    unfinished: () => listFolder(join(folder, "incoming")).flatMap((name) => fileAt(join(folder, "incoming", name))),
    remove: (sha256) => rmSync(place(sha256), { force: true }),
  };
}

function objectsIn(folder: string): readonly StoredObject[] {
  return listFolder(folder).flatMap((head) =>
    listFolder(join(folder, head)).flatMap((tail) =>
      /^[0-9a-f]{64}$/.test(head + tail)
        ? fileAt(join(folder, head, tail)).map((file) => ({ ...file, sha256: head + tail }))
        : [],
    ),
  );
}

/** Nothing where another process took it away meanwhile, or where it is no file. */
/** None for what is no regular file. */
export function fileAt(path: string): readonly StoredFile[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? [{ path, bytes: found.size, time: found.mtime }] : [];
}

async function checkHash(file: string, expected: string): Promise<void> {
  const found = await sha256File(file);
  if (found.sha256 === expected) return;
  throw new OmgError({
    code: "artifact-mismatch",
    exit: "refused",
    message: `These are other bytes than the ones named: expected sha256 ${expected}, found ${found.sha256} (${found.size} bytes).`,
    state: "The bytes were thrown away.",
  });
}

/** On the disk before it has its name, so that a name is never seen without its bytes. */
function settle(temporary: string, target: string): void {
  const descriptor = openSync(temporary, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  chmodSync(temporary, 0o444);
  makeFolder(dirname(target));
  failpoint("store.before-rename");
  renameSync(temporary, target);
  syncFolder(dirname(target));
}
