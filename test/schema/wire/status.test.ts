import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStatus, encodeStatus, STATUS_SIZE, type Status } from "../../../schema/wire/status.ts";

const FULL: Status = {
  state: "drifted",
  total: 0x01020304,
  explicit: 0x11121314,
  orphans: 0x21222324,
  updates: 0x31323334,
  timestamp: 0x0102030405,
  drift: 0x41424344,
  vulnerabilities: 0x51525354,
  generation: 0x61626364,
};
const FULL_BYTES = [
  "53474d4f", // 0 magic 0x4F4D4753
  "01", // 4 version
  "00", // 5 stale bits
  "02", // 6 state
  "00", // 7
  "04030201", // 8 total
  "14131211", // 12 explicit
  "24232221", // 16 orphans
  "34333231", // 20 updates
  "0504030201000000", // 24 timestamp
  "44434241", // 32 drift
  "54535251", // 36 vulnerabilities
  "64636261", // 40 generation
  "00".repeat(20), // 44-63
].join("");

test("the bytes are those of the table", () => {
  expect(Buffer.from(encodeStatus(FULL)).toString("hex")).toBe(FULL_BYTES);
  expect(decodeStatus(Buffer.from(FULL_BYTES, "hex"))).toEqual(FULL);
});

test.each([
  ["unknown", 0],
  ["in sync", 1],
  ["drifted", 2],
  ["applying", 3],
  ["failed", 4],
  ["held", 5],
] as const)("state %s is %d", (state, byte) => {
  expect(encodeStatus({ state, timestamp: 0, generation: 0 })[6]).toBe(byte);
});

test.each([
  ["total", 0],
  ["explicit", 1],
  ["orphans", 2],
  ["updates", 3],
  ["drift", 4],
  ["vulnerabilities", 5],
] as const)("%s that was not counted is stale bit %d, not zero", (name, bit) => {
  const bytes = encodeStatus({ ...FULL, [name]: undefined });
  expect(bytes[5]).toBe(1 << bit);
  expect(decodeStatus(bytes)).toEqual({ ...FULL, [name]: undefined });
});

describe("what is no status", () => {
  const changed = (offset: number, value: number) => {
    const bytes = encodeStatus(FULL);
    bytes[offset] = value;
    return bytes;
  };
  test.each([
    ["too short", encodeStatus(FULL).subarray(0, 63)],
    ["too long", Buffer.concat([encodeStatus(FULL), Buffer.alloc(1)])],
    ["empty", new Uint8Array()],
    ["another magic", changed(0, 0)],
    ["another version", changed(4, 2)],
    ["a state of the future", changed(6, 6)],
    ["a time that no date can name", changed(31, 1)],
  ])("%s", (_, bytes) => {
    expect(decodeStatus(bytes)).toBeUndefined();
  });
});

test("numbers stay in their fields", () => {
  const wild = {
    state: "held",
    total: 2 ** 40,
    explicit: -1,
    orphans: 1.9,
    timestamp: -5,
    generation: 2 ** 33,
  } as const;
  expect(decodeStatus(encodeStatus(wild))).toEqual({
    state: "held",
    total: 0xffff_ffff,
    explicit: 0,
    orphans: 1,
    updates: undefined,
    drift: undefined,
    vulnerabilities: undefined,
    timestamp: 0,
    generation: 0xffff_ffff,
  });
});

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const count = fc.option(u32, { nil: undefined });

test("what is written is read, from any part of a buffer", () => {
  const status = fc.record({
    state: fc.constantFrom("unknown", "in sync", "drifted", "applying", "failed", "held"),
    total: count,
    explicit: count,
    orphans: count,
    updates: count,
    drift: count,
    vulnerabilities: count,
    timestamp: fc.nat({ max: 8_640_000_000_000 }),
    generation: u32,
  });
  fc.assert(
    fc.property(status, fc.nat(9), (value: Status, offset) => {
      const buffer = Buffer.concat([Buffer.alloc(offset, 7), encodeStatus(value)]);
      expect(decodeStatus(buffer.subarray(offset, offset + STATUS_SIZE))).toEqual(value);
    }),
  );
});
