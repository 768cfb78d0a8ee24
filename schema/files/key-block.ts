import { createHash } from "node:crypto";

/**
 * OpenPGP public keys as ASCII-armoured text (RFC 9580, section 6): enough to tell keys apart and to name them. Whether a key
 * is any good is for the verifiers to say.
 */

const BLOCK =
  /-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\n(?:[!-~]+: [^\n]*\n)*[ \t]*\n([A-Za-z0-9+/=\s]+?)-----END PGP PUBLIC KEY BLOCK-----/g;
/** Packet tags (RFC 9580, section 5): a public key, and what may go with it. */
const PUBLIC_KEY = 6;
const WITH_KEYS: ReadonlySet<number> = new Set([2, 10, 12, 13, 14, 17, 21]);

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

/**
 * All keys of an armoured text as one block in one spelling, so that equal keys are equal texts: no headers, no checksum, 64
 * characters a line, a newline at the end. Undefined where the text holds anything but well-formed blocks of public keys.
 */
export function keyBlock(text: string): string | undefined {
  const lines = text.replaceAll("\r\n", "\n");
  const bodies = [...lines.matchAll(BLOCK)].map(([, body = ""]) => bytesOf(body));
  if (bodies.length === 0 || lines.replace(BLOCK, "").trim() !== "") return undefined;
  if (bodies.some((body) => body === undefined)) return undefined;
  return keyBlockOfBytes(Buffer.concat(bodies.flatMap((body) => body ?? [])));
}

/** The same of keys in binary form. Undefined where the bytes are anything but public keys. */
export function keyBlockOfBytes(bytes: Buffer): string | undefined {
  const packets = packetsIn(bytes);
  if (packets?.[0]?.tag !== PUBLIC_KEY) return undefined;
  if (!packets.every(({ tag }) => tag === PUBLIC_KEY || WITH_KEYS.has(tag))) return undefined;
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `${["-----BEGIN PGP PUBLIC KEY BLOCK-----", "", ...lines, "-----END PGP PUBLIC KEY BLOCK-----"].join("\n")}\n`;
}

/** Fingerprints of the keys in a block, in upper case, subkeys left out. Empty where the text is no block of keys. */
export function fingerprintsOf(block: string): string[] {
  const body = [...block.matchAll(BLOCK)][0]?.[1];
  const bytes = body === undefined ? undefined : bytesOf(body);
  const packets = bytes === undefined ? undefined : packetsIn(bytes);
  return (packets ?? []).flatMap((packet) => (packet.tag === PUBLIC_KEY ? [fingerprintOf(packet.body)] : []));
}

function bytesOf(body: string): Buffer | undefined {
  const [data = "", checksum = ""] = body.trim().split(/\n=(?=[A-Za-z0-9+/]{4}$)/);
  const compact = data.replace(/\s+/g, "");
  const bytes = Buffer.from(compact, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== compact) return undefined;
  return checksum === "" || checksum === checksumOf(bytes) ? bytes : undefined;
}

/** CRC-24 (RFC 9580, section 6.1.1), in base64. */
function checksumOf(bytes: Buffer): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x800000 ? ((crc << 1) ^ 0x864cfb) & 0xffffff : crc << 1;
  }
  return Buffer.from([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]).toString("base64");
}

/** RFC 9580, section 5.5.4. */
function fingerprintOf(body: Buffer): string {
  const version = body[0] ?? 0;
  const head = Buffer.alloc(version === 4 ? 3 : 5);
  head[0] = version === 4 ? 0x99 : 0x95 + version;
  if (version === 4) head.writeUInt16BE(body.length, 1);
  else head.writeUInt32BE(body.length, 1);
  return createHash(version === 4 ? "sha1" : "sha256")
    .update(head)
    .update(body)
    .digest("hex")
    .toUpperCase();
}

/** Packets one after the other (RFC 9580, section 4.2). Undefined where the bytes do not come out even. */
function packetsIn(bytes: Buffer): readonly Packet[] | undefined {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = headerAt(bytes, at);
    if (header === undefined || header.end > bytes.length) return undefined;
    packets.push({ tag: header.tag, body: bytes.subarray(header.start, header.end) });
    at = header.end;
  }
  return packets;
}

/** Tag, and where the body begins and ends. Partial lengths and lengths left open are not for keys. */
function headerAt(bytes: Buffer, at: number): { tag: number; start: number; end: number } | undefined {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  if ((first & 0x40) === 0) {
    const size = [1, 2, 4][first & 3];
    if (size === undefined || at + 1 + size > bytes.length) return undefined;
    const start = at + 1 + size;
    return { tag: (first >> 2) & 15, start, end: start + bytes.readUIntBE(at + 1, size) };
  }
  const tag = first & 63;
  const length = bytes[at + 1] ?? 224;
  if (length < 192) return { tag, start: at + 2, end: at + 2 + length };
  if (length < 224 && at + 2 < bytes.length)
    return { tag, start: at + 3, end: at + 3 + ((length - 192) << 8) + (bytes[at + 2] ?? 0) + 192 };
  if (length !== 255 || at + 6 > bytes.length) return undefined;
  return { tag, start: at + 6, end: at + 6 + bytes.readUInt32BE(at + 2) };
}
