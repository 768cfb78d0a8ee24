import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MalformedMessage, type Packed, pack, unpack } from "../../../schema/wire/msgpack.ts";

const leaf: fc.Arbitrary<Packed> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 400 }),
  fc.uint8Array({ maxLength: 400 }),
);
const { message } = fc.letrec<{ message: Packed }>((tie) => ({
  message: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("message"), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 40 }), tie("message"), { maxKeys: 20, noNullPrototype: true }),
  ),
}));

/** As it comes back: bytes are buffers, and -0 is a double like any other. */
function plain(value: Packed): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, plain(member as Packed)]);
}

describe("messages", () => {
  it("come back as they went", () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(plain(unpack(pack(value)))).toEqual(plain(value));
      }),
    );
  });

  // https://github.com/msgpack/msgpack/blob/master/spec.md, Formats.
  it.each<[Packed, string]>([
    [null, "c0"],
    [false, "c2"],
    [true, "c3"],
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65_535, "cdffff"],
    [65_536, "ce00010000"],
    [2 ** 32, "cf0000000100000000"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32_769, "d2ffff7fff"],
    [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
    [0.5, "cb3fe0000000000000"],
    ["", "a0"],
    ["\u00fc", "a2c3bc"],
    ["x".repeat(32), `d920${"78".repeat(32)}`],
    ["x".repeat(256), `da0100${"78".repeat(256)}`],
    [Uint8Array.of(1), "c40101"],
    [[1, [2]], "92019102"],
    [{ a: 1, b: undefined }, "81a16101"],
    [Array(16).fill(0), `dc0010${"00".repeat(16)}`],
  ])("are the specification's: %j", (value, hex) => {
    expect(pack(value).toString("hex")).toBe(hex);
  });

  it("never throw anything but that they are none, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cutOrChanged()), (bytes) => {
        try {
          pack(unpack(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage);
        }
      }),
    );
  });

  it.each([
    ["an extension", "d40100"],
    ["a reserved byte", "c1"],
    ["a number as a name", "810102"],
    ["a name that stands twice", "82a16101a16102"],
    ["a text that is not UTF-8", "a1ff"],
    ["something behind it", "c0c0"],
    ["a list longer than the message", "dd7fffffff00"],
    ["bytes longer than the message", "c6ffffffff00"],
    ["a number beyond 53 bits", "cf0020000000000001"],
    ["lists in lists without end", "91".repeat(100)],
    ["nothing", ""],
  ])("are refused: %s", (_, hex) => {
    expect(() => unpack(Buffer.from(hex, "hex"))).toThrow(MalformedMessage);
  });

  it("give no object a prototype of the client's", () => {
    const map = unpack(pack(JSON.parse('{"__proto__": {"polluted": true}}')));
    expect(Object.keys(map as object)).toEqual(["__proto__"]);
    expect((map as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

function cutOrChanged(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(message, fc.nat(), fc.nat(255), fc.boolean()).map(([value, at, byte, cut]) => {
    const bytes = pack(value);
    if (cut) return bytes.subarray(0, at % (bytes.length + 1));
    bytes[at % bytes.length] = byte;
    return bytes;
  });
}
