import { readIfPresent } from "../../../host/files.ts";
import { keyBlock, keyBlockOfBytes } from "../../../schema/files/key-block.ts";

/** Debian's own keyring of all developers has some 30 MiB, and no source is bound to that. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What `Signed-By` comes to, as the attribute `key`: a block of keys, a path, or the words themselves. Pure. */
export function keyOf(signedBy: readonly string[]): string {
  const [first = ""] = signedBy;
  return first.startsWith("-----BEGIN") ? (keyBlock(first) ?? first) : signedBy.join(" ");
}

/**
 * Whether exactly the keys of `key` (see keyOf) may sign for an entry with this `Signed-By`. A keyring counts by what is in
 * it. System errors of a keyring that cannot be read pass: nothing is known then.
 */
export function sameKeys(key: string, signedBy: readonly string[]): boolean {
  const there = keyOf(signedBy);
  if (there === key) return true;
  if (key === "" || signedBy.length !== 1) return false;
  const blocks = [key, there].map((each) => (each.startsWith("/") ? keyringBlock(each) : each));
  return blocks[0] !== undefined && blocks[0] === blocks[1] && blocks[0].includes("\n");
}

/** The keys of a keyring as one block; undefined where there is no such file, or no keys are in it. System errors pass. */
export function keyringBlock(path: string): string | undefined {
  const bytes = readIfPresent(path, MAX_BYTES);
  if (bytes === undefined) return undefined;
  return bytes.includes("-----BEGIN PGP") ? keyBlock(bytes.toString("latin1")) : keyBlockOfBytes(bytes);
}
