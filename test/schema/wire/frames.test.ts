import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameOf, MAX_MESSAGE, openFrames } from "../../../schema/wire/frames.ts";
import { MalformedMessage, PackedBefore } from "../../../schema/wire/msgpack.ts";

describe("frames", () => {
  it("are put together whatever the pieces that they come in", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 8 }), fc.array(fc.nat(90)), (texts, cuts) => {
        const bytes = Buffer.concat(texts.map((text) => frameOf({ text })));
        const reader = openFrames();
        const read: unknown[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          read.push(...reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        expect(read.map((each) => (each as { text: string }).text)).toEqual(texts);
        expect(reader.pending).toBe(false);
      }),
    );
  });

  it("lie in hardly more memory than they have bytes, however long their reader lets them lie", () => {
    const answer = new PackedBefore("x".repeat(1 << 20));
    for (const message of [
      { answer, tier: "index", age: 0, current: true },
      { list: Array(100_000).fill("omg-name") },
    ]) {
      const frame = frameOf(message);
      expect(frame.buffer.byteLength).toBeLessThan(1.26 * frame.length + 2000);
    }
  });

  it("begin with their length, big-endian", () => {
    expect(frameOf({ v: 1 }).toString("hex")).toBe("0000000481a17601");
  });

  it("are refused by their first four bytes where they are too long, before anything else of them comes", () => {
    const reader = openFrames(100);
    expect(reader.push(Buffer.from([0, 0, 0]))).toEqual([]);
    expect(reader.pending).toBe(true);
    expect(() => reader.push(Buffer.from([101]))).toThrow(MalformedMessage);
    expect(() => openFrames().push(Buffer.from("ffffffff", "hex"))).toThrow(MalformedMessage);
    expect(() => openFrames().push(Buffer.alloc(4))).toThrow(MalformedMessage);
  });

  it("are not made longer than any may be", () => {
    expect(() => frameOf("x".repeat(MAX_MESSAGE))).toThrow(RangeError);
  });
});
