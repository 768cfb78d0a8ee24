import { describe, expect, it } from "vitest";
import { paceOf } from "../../host/pace.ts";

describe("the pace of a body", () => {
  /** Pieces of so many bytes, one each second, on a clock of the test's own. */
  function send(pieces: readonly number[], windowMs = 10_000): number {
    let now = 0;
    const keep = paceOf(windowMs, undefined, () => now);
    for (const [second, bytes] of pieces.entries()) {
      now = (second + 1) * 1000;
      try {
        keep(bytes);
      } catch (fault) {
        expect(fault).toMatchObject({ reason: "too-slow", isTemporary: false, isMismatch: false });
        return second + 1;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  it("is a kilobyte a second over each window, not over each moment", () => {
    expect(send(Array(100).fill(1024))).toBe(Number.POSITIVE_INFINITY);
    expect(send([10_240, ...Array(9).fill(0)])).toBe(Number.POSITIVE_INFINITY);
    expect(send(Array(100).fill(1023))).toBe(10);
    expect(send(Array(100).fill(1))).toBe(10);
  });

  it("counts each window anew: what came before is no credit", () => {
    expect(send([1e9, ...Array(30).fill(1)])).toBe(20);
  });

  it("lets what is small end before a window does", () => {
    expect(send(Array(9).fill(1))).toBe(Number.POSITIVE_INFINITY);
  });
});
