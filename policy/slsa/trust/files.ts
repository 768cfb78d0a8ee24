import { closeSync, fstatSync, readFileSync } from "node:fs";
import { errnoOf } from "../../../host/disk.ts";
import { openRegular } from "../../../host/files.ts";
import { ProvenanceRefusal } from "../finding.ts";

/** Far above what the public one has (7 KB). Bytes. */
const MAX_FILE = 1024 * 1024;

/**
 * A file that trust may rest on: root's or this user's own, that nobody else can write. Undefined when there is none.
 * @throws ProvenanceRefusal `trust-root-bad` for any other file
 */
export function readTrusted(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openRegular(path);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(cause) ?? "")) return undefined;
    throw bad(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  try {
    const { uid, mode, size } = fstatSync(fd);
    if ((uid !== 0 && uid !== process.geteuid?.()) || (mode & 0o022) !== 0)
      throw bad(`${path} can be changed by others than root and whoever runs omg`);
    if (size > MAX_FILE) throw bad(`${path} has ${size} bytes, more than any trust root`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function bad(what: string): ProvenanceRefusal {
  return new ProvenanceRefusal("trust-root-bad", `The trust root is not to be trusted: ${what}.`);
}
