/** A walk over each small piece would cost more than its bytes; parts of a megabyte would pile up as garbage. */
const PART = 1 << 18;
const GAP = Buffer.from("\n\n");

/**
 * Control data (deb822(5)) that arrives in pieces, cut anew so that each part ends between two stanzas: for `forEachStanza` and
 * `forEachRecord`. A part is only good until the next one is asked for, and so may the pieces be.
 */
export async function* wholeStanzas(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let bytes = Buffer.allocUnsafeSlow(2 * PART);
  let length = 0;
  for await (const piece of pieces) {
    if (length + piece.length > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (length + piece.length));
      bytes.copy(larger, 0, 0, length);
      bytes = larger;
    }
    bytes.set(piece, length);
    length += piece.length;
    if (length < PART) continue;
    // A text without a gap, as one with carriage returns, grows to its end and is one part.
    const gap = bytes.subarray(0, length).lastIndexOf(GAP);
    if (gap < 0) continue;
    const end = gap + GAP.length;
    yield bytes.subarray(0, end);
    bytes.copyWithin(0, end, length);
    length -= end;
  }
  if (length > 0) yield bytes.subarray(0, length);
}
