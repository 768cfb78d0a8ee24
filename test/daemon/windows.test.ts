import { describe, expect, it } from "vitest";
import { openingOf } from "../../daemon/windows/open.ts";
import type { Window } from "../../schema/model/window.ts";

const NIGHT: Window = { opens: "0 22 * * *", minutes: 480, "time-zone": "Europe/Berlin" };
const SATURDAY: Window = { opens: "0 0 * * sat", minutes: 1440 };
const at = (time: string) => new Date(time);

describe("a window", () => {
  it("is open from its time on for its length", () => {
    const opening = (time: string) => openingOf([[NIGHT]], "drift", at(time));
    expect(opening("2026-11-26T20:59:59Z")).toEqual({ open: false, opens: "2026-11-26T21:00:00.000Z" });
    expect(opening("2026-11-26T21:00:00Z")).toEqual({ open: true, closes: "2026-11-27T05:00:00.000Z" });
    expect(opening("2026-11-27T04:59:59Z")).toEqual({ open: true, closes: "2026-11-27T05:00:00.000Z" });
    expect(opening("2026-11-27T05:00:00Z")).toEqual({ open: false, opens: "2026-11-27T21:00:00.000Z" });
  });

  it("is as long as it says, also in the night in which the clocks change", () => {
    const { closes } = openingOf([[NIGHT]], "drift", at("2026-10-24T22:00:00Z")) as { closes: string };
    expect(closes).toBe("2026-10-25T04:00:00.000Z");
  });

  it("says nothing of what it is not for, and none holds nothing up", () => {
    const only: Window = { ...NIGHT, for: ["roll-forward"] };
    expect(openingOf([[only]], "drift", at("2026-11-26T12:00:00Z"))).toEqual({ open: true });
    expect(openingOf([[only]], "roll-forward", at("2026-11-26T12:00:00Z"))).toMatchObject({ open: false });
    expect(openingOf([], "drift", at("2026-11-26T12:00:00Z"))).toEqual({ open: true });
    expect(openingOf([[]], "drift", at("2026-11-26T12:00:00Z"))).toEqual({ open: true });
  });
});

describe("several", () => {
  const now = at("2026-11-26T12:00:00Z");

  it("of one list widen it, and those that follow one another are one", () => {
    const hours = [0, 4, 8, 12, 16].map((hour): Window => ({ opens: `0 ${hour} * * *`, minutes: 240 }));
    expect(openingOf([hours], "drift", now)).toEqual({ open: true, closes: "2026-11-26T20:00:00.000Z" });
    expect(openingOf([[{ opens: "0 * * * *", minutes: 60 }]], "drift", now)).toEqual({ open: true });
  });

  it("lists narrow each other: open is what all of them have open", () => {
    expect(openingOf([[NIGHT], [SATURDAY]], "drift", now)).toEqual({ open: false, opens: "2026-11-28T00:00:00.000Z" });
    expect(openingOf([[NIGHT], [SATURDAY]], "drift", at("2026-11-28T02:00:00Z"))).toEqual({
      open: true,
      closes: "2026-11-28T05:00:00.000Z",
    });
    const morning: Window = { opens: "0 6 * * *", minutes: 60 };
    const evening: Window = { opens: "0 18 * * *", minutes: 60 };
    expect(openingOf([[morning], [evening]], "drift", now)).toEqual({ open: false });
  });
});
