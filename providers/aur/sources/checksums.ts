import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { OmgError } from "../../../schema/error.ts";
import type { Sum } from "../recipe/source.ts";

/** What node:crypto calls them. */
const ALGORITHMS: Readonly<Record<Sum["kind"], string>> = {
  md5: "md5",
  sha1: "sha1",
  sha224: "sha224",
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
  b2: "blake2b512",
};

/** The first of the checksums that the file does not have; undefined where it has all. Read once. System errors pass. */
export async function differingSum(path: string, sums: readonly Sum[]): Promise<Sum | undefined> {
  const hashes = sums.map(({ kind }) => createHash(ALGORITHMS[kind]));
  await pipeline(createReadStream(path), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) for (const hash of hashes) hash.update(piece);
  });
  const found = hashes.map((hash) => hash.digest("hex"));
  return sums.find(({ hex }, index) => hex !== found[index]);
}

/** Errors: OmgError `source-mismatch`. */
export async function requireSums(path: string, file: string, sums: readonly Sum[], from: string): Promise<void> {
  const wrong = await differingSum(path, sums);
  if (wrong === undefined) return;
  throw new OmgError({
    code: "source-mismatch",
    exit: "refused",
    message: `${file}, from ${from}, does not have the ${wrong.kind} ${wrong.hex} that the recipe names.`,
    state: "It was thrown away; nothing was built or changed.",
    hint: "Its publisher replaced it, or somebody on the way did. Ask the recipe's maintainer before you believe either.",
  });
}
