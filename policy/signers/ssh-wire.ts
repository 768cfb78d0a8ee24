/** Reads what SSH writes one after the other (RFC 4251, section 5). Whatever is not there to its end is thrown as `Malformed`. */
export interface WireReader {
  /** A length of four bytes, and that many bytes. */
  bytes(): Buffer;
  text(): string;
  uint32(): number;
  /** This many bytes, as they are. */
  raw(length: number): Buffer;
  /** A number that is not negative, big-endian, without the zero before a set first bit. */
  mpint(): Buffer;
  /** Throws where something is left. */
  end(): void;
}

export class Malformed extends Error {}

export function wireReader(content: Buffer): WireReader {
  let at = 0;
  const raw = (length: number): Buffer => {
    if (at + length > content.length) throw new Malformed("it ends too early");
    at += length;
    return content.subarray(at - length, at);
  };
  const uint32 = () => raw(4).readUInt32BE();
  const bytes = () => raw(uint32());
  return {
    raw,
    uint32,
    bytes,
    text: () => bytes().toString("latin1"),
    mpint: () => {
      const number = bytes();
      if (number.length === 0 || (number[0] ?? 0) >= 0x80) throw new Malformed("a number in it is not positive");
      return number[0] === 0 ? number.subarray(1) : number;
    },
    end: () => {
      if (at !== content.length) throw new Malformed("something follows its end");
    },
  };
}

/** A string as SSH writes it. */
export function wireString(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
