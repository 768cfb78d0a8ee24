import { statfsSync } from "node:fs";
import { OmgError } from "../schema/error.ts";

/** Bytes that this process could still write to the file system that holds `path`. */
export function freeSpace(path: string): number {
  const facts = statfsSync(path, { bigint: true });
  return Number(facts.bavail * facts.bsize);
}

/** The `code` of a system error (`ENOENT`), or undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * Runs a step that writes to `path`. A full disk or an exhausted quota becomes the OmgError `disk-full`; other errors pass, with the path where
 * they are of an open file and name none.
 */
export function explainingFullDisk<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (errnoOf(error) !== undefined)
      Object.assign(error as Error, { path: (error as NodeJS.ErrnoException).path ?? path });
    throw diskFullOr(error, path);
  }
}

/** The OmgError `disk-full` where `error` says so, otherwise `error` itself. */
export function diskFullOr(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (errno !== "ENOSPC" && errno !== "EDQUOT") return error;
  return new OmgError({
    code: "disk-full",
    exit: "error",
    message:
      errno === "ENOSPC" ? `No space is left to write ${path}.` : `The disk quota does not allow to write ${path}.`,
    state: "Nothing half-written was left there.",
    hint: `Make room on the file system of ${path} (df -h ${path}; df -i for inodes), then run the command again.`,
    cause: error,
  });
}
