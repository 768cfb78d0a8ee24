import { MalformedMessage, type Packed, pack, unpack } from "./msgpack.ts";

/** Version of the protocol: the `v` of every message. */
export const PROTOCOL = 1;
/** Bytes of the longest message. */
export const MAX_MESSAGE = 16 << 20;

const HEADER = 4;

/** A message as it goes over a socket: its length, 4 bytes, big-endian, then MessagePack. Throws RangeError beyond MAX_MESSAGE. */
export function frameOf(message: Packed): Buffer {
  const frame = pack(message, HEADER);
  const length = frame.length - HEADER;
  if (length > MAX_MESSAGE) throw new RangeError(`a message of ${length} bytes is longer than any may be`);
  frame.writeUInt32BE(length);
  return frame;
}

/** Puts together what comes over a socket in pieces. */
export interface FrameReader {
  /**
   * The messages that are whole now.
   * @throws MalformedMessage for one that is none, or announces more than `most` bytes; nothing can be read after it
   */
  push(piece: Uint8Array): readonly Packed[];
  /** Whether a message has begun and not come to its end. */
  readonly pending: boolean;
}

/** @param most bytes of the longest message that is read */
export function openFrames(most = MAX_MESSAGE): FrameReader {
  let pieces: Uint8Array[] = [];
  let length = 0;
  /** Of the message that has begun, its header included; HEADER while that is not here. */
  let wanted = HEADER;
  const gather = (): Buffer => {
    const all = Buffer.concat(pieces, length);
    pieces = [all];
    return all;
  };
  const next = (): Packed | undefined => {
    if (length < HEADER) return undefined;
    if (wanted === HEADER) {
      const size = gather().readUInt32BE();
      if (size > most) throw new MalformedMessage(`a message of ${size} bytes is announced, and ${most} is the most`);
      wanted = HEADER + size;
    }
    if (length < wanted) return undefined;
    const all = gather();
    const message = unpack(all.subarray(HEADER, wanted));
    const rest = all.subarray(wanted);
    pieces = rest.length === 0 ? [] : [rest];
    length = rest.length;
    wanted = HEADER;
    return message;
  };
  return {
    push: (piece) => {
      pieces.push(piece);
      length += piece.length;
      const messages: Packed[] = [];
      for (let message = next(); message !== undefined; message = next()) messages.push(message);
      return messages;
    },
    get pending() {
      return length > 0;
    },
  };
}
