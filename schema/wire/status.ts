/** What the machine's state adds up to. */
export type StatusState = "unknown" | "in sync" | "drifted" | "applying" | "failed" | "held";

/** What a prompt can know without asking anybody. A count that is undefined could not be counted. */
export interface Status {
  readonly state: StatusState;
  /** Installed packages. */
  readonly total?: number | undefined;
  /** Installed because somebody asked for them. */
  readonly explicit?: number | undefined;
  readonly orphans?: number | undefined;
  readonly updates?: number | undefined;
  readonly drift?: number | undefined;
  readonly vulnerabilities?: number | undefined;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  /** Number of the last generation; 0 before the first. */
  readonly generation: number;
}

/** Bytes of `omg.status`. */
export const STATUS_SIZE = 64;

const MAGIC = 0x4f4d4753;
const VERSION = 1;
const MAX_U32 = 0xffff_ffff;
// ECMA-262, 21.4.1.1: no date is later.
const LAST_SECOND = 8_640_000_000_000;
// The index is the byte of the file.
const STATES = ["unknown", "in sync", "drifted", "applying", "failed", "held"] as const;
// The index is the stale bit.
const COUNTS = [
  ["total", 8],
  ["explicit", 12],
  ["orphans", 16],
  ["updates", 20],
  ["drift", 32],
  ["vulnerabilities", 36],
] as const;
const OFFSET = { magic: 0, version: 4, stale: 5, state: 6, timestamp: 24, generation: 40 } as const;

/**
 * The 64 bytes of `omg.status`, little-endian: magic, version, stale bits, state, zero, total, explicit, orphans,
 * updates, time (u64), drift, vulnerabilities, generation, zeros. Numbers beyond 32 bits become the largest.
 */
export function encodeStatus(status: Status): Uint8Array {
  const bytes = new Uint8Array(STATUS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(OFFSET.magic, MAGIC, true);
  view.setUint8(OFFSET.version, VERSION);
  view.setUint8(OFFSET.stale, staleBits(status));
  view.setUint8(OFFSET.state, STATES.indexOf(status.state));
  for (const [name, offset] of COUNTS) view.setUint32(offset, u32(status[name] ?? 0), true);
  view.setBigUint64(OFFSET.timestamp, BigInt(Math.max(0, Math.trunc(status.timestamp))), true);
  view.setUint32(OFFSET.generation, u32(status.generation), true);
  return bytes;
}

/** What the bytes say, or undefined where they are not a status of this version. The caller checks owner and age. */
export function decodeStatus(bytes: Uint8Array): Status | undefined {
  if (bytes.byteLength !== STATUS_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(OFFSET.magic, true) !== MAGIC || view.getUint8(OFFSET.version) !== VERSION) return undefined;
  const state = STATES[view.getUint8(OFFSET.state)];
  const timestamp = Number(view.getBigUint64(OFFSET.timestamp, true));
  if (state === undefined || timestamp > LAST_SECOND) return undefined;
  const stale = view.getUint8(OFFSET.stale);
  const count = (bit: number, offset: number) => ((stale >> bit) & 1 ? undefined : view.getUint32(offset, true));
  const counts = Object.fromEntries(COUNTS.map(([name, offset], bit) => [name, count(bit, offset)]));
  return {
    state,
    ...counts,
    timestamp,
    generation: view.getUint32(OFFSET.generation, true),
  };
}

function staleBits(status: Status): number {
  return COUNTS.reduce((bits, [name], bit) => (status[name] === undefined ? bits | (1 << bit) : bits), 0);
}

function u32(value: number): number {
  return Math.min(MAX_U32, Math.max(0, Math.trunc(value)));
}
