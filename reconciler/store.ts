import { randomBytes } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { sha256File } from "../host/digest.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder, syncFolder } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";

/** Artifacts by content: `sha256/ab/cdef…`. A file that is there is whole: objects only ever appear by rename. */
export interface Store {
  /** Where the object of this hex SHA-256 lies, or would lie. */
  path(sha256: string): string;
  has(sha256: string): boolean;
  /**
   * Takes in bytes that `fill` writes to the path it is given. They are hashed again from the disk.
   * @throws OmgError `artifact-mismatch` when the bytes are not the ones named; nothing stays behind.
   */
  add(sha256: string, fill: (path: string) => Promise<void>): Promise<void>;
}

/** @param behind another store, only read: what it holds counts as here. */
export function openStore(folder: string, behind?: Store): Store {
  const place = (sha256: string) => join(folder, "sha256", sha256.slice(0, 2), sha256.slice(2));
  const path = (sha256: string) =>
    behind?.has(sha256) === true && !existsSync(place(sha256)) ? behind.path(sha256) : place(sha256);
  return {
    path,
    has: (sha256) => existsSync(path(sha256)),
    add: async (sha256, fill) => {
      const temporary = join(folder, "incoming", randomBytes(12).toString("hex"));
      makeFolder(dirname(temporary), 0o700);
      try {
        await fill(temporary);
        await checkHash(temporary, sha256);
        settle(temporary, place(sha256));
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
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
