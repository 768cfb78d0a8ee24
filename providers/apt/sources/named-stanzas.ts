import { createHash, type Hash } from "node:crypto";
import { decompressedPieces } from "../../../host/compression.ts";
import { forEachStanza, type Stanza, stanzasOf } from "../../../host/deb822.ts";
import { wholeStanzas } from "../../../host/deb822-stream.ts";

/**
 * The stanzas of a Packages file whose package has one of these names, and the hex SHA-256 of the unpacked file. Reads all of it,
 * and holds little of it at a time. Errors: those of `decompressedPieces`.
 */
export async function namedStanzas(
  path: string,
  names: ReadonlySet<string>,
): Promise<{ readonly sha256: string; readonly stanzas: readonly Stanza[] }> {
  const hash = createHash("sha256");
  const stanzas: Stanza[] = [];
  for await (const part of wholeStanzas(hashing(decompressedPieces(path), hash))) {
    forEachStanza(part, (stanza) => {
      // The part goes; what is kept has bytes of its own.
      if (names.has(stanza.get("Package") ?? "")) stanzas.push(...stanzasOf(stanza.text()));
    });
  }
  return { sha256: hash.digest("hex"), stanzas };
}

async function* hashing(pieces: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
