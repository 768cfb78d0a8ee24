import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type Ordering, orderingOf, rankedOrdering } from "../../../policy/osv/ordering.ts";
import { type AffectedVersions, findVersion, type RangeEvent } from "../../../policy/osv/ranges.ts";

const DEBIAN = orderingOf("Debian:12") as Ordering;

/** `introduced 0, fixed 2`, each event after a comma. */
function range(text: string): { events: RangeEvent[] } {
  return { events: text.split(", ").map((event) => event.split(" ") as unknown as RangeEvent) };
}

function verdict(
  affected: Partial<AffectedVersions>,
  version: string,
  ordering: Ordering | undefined = DEBIAN,
): string {
  const { is, fixed } = findVersion({ ranges: [], versions: [], ...affected }, version, ordering);
  return fixed === undefined ? is : `${is} until ${fixed}`;
}

describe("the evaluation of OSV's schema", () => {
  test.each([
    ["introduced 0, fixed 2.0", "1.9", "affected until 2.0"],
    ["introduced 0, fixed 2.0", "2.0", "unaffected"],
    ["introduced 0, fixed 2.0", "2.0~rc1", "affected until 2.0"],
    ["introduced 0, fixed 2.0", "1:0.1", "unaffected"],
    ["introduced 0", "9999", "affected"],
    ["introduced 0", "0~~", "affected"],
    ["introduced 1.0", "0.9", "unaffected"],
    ["introduced 1.0", "1.0", "affected"],
    ["introduced 1.0, last_affected 1.5", "1.5", "affected"],
    ["introduced 1.0, last_affected 1.5", "1.5-1", "unaffected"],
    ["introduced 1.0, last_affected 1.0", "1.0", "affected"],
    ["introduced 1.0, fixed 1.5, introduced 2.0, fixed 2.5", "1.7", "unaffected"],
    ["introduced 1.0, fixed 1.5, introduced 2.0, fixed 2.5", "2.1", "affected until 2.5"],
    ["introduced 1.0, fixed 1.5, introduced 2.0, fixed 2.5", "1.1", "affected until 1.5"],
    // events in any order
    ["fixed 2.5, introduced 2.0, fixed 1.5, introduced 1.0", "2.1", "affected until 2.5"],
    ["fixed 1.5, introduced 0", "1.0", "affected until 1.5"],
    // what was never there: fixed from the start
    ["introduced 0, fixed 0", "1.0", "unaffected"],
    // fixed and introduced again in one version
    ["introduced 0, fixed 2.0, introduced 2.0", "2.0", "affected"],
    ["introduced 0, limit 2.0", "1.9", "affected"],
    ["introduced 0, limit 2.0", "2.0", "unaffected"],
    ["introduced 0, limit 2.0, limit 3.0", "2.5", "affected"],
    ["introduced 0, limit *", "99", "affected"],
    ["fixed 2.0", "1.0", "unaffected"],
  ])("%s: %s is %s", (text, version, expected) => expect(verdict({ ranges: [range(text)] }, version)).toBe(expected));

  test.each<[string, Partial<AffectedVersions>, string, string]>([
    ["a listed version", { versions: ["1.0", "1.1"] }, "1.1", "affected"],
    ["one that is not listed", { versions: ["1.0"] }, "1.1", "unaffected"],
    [
      "a listed one outside of all ranges",
      { versions: ["3.0"], ranges: [range("introduced 0, fixed 2.0")] },
      "3.0",
      "affected",
    ],
    ["inside the second range", { ranges: [range("introduced 0, fixed 1"), range("introduced 5")] }, "6", "affected"],
    ["nothing said at all", {}, "1.0", "unclear"],
    ["a part that could not be read", { ranges: [range("introduced 0, fixed 1")], unclear: true }, "2", "unclear"],
    [
      "a part that could not be read, of an affected one",
      { ranges: [range("introduced 0, fixed 3")], unclear: true },
      "2",
      "affected until 3",
    ],
    ["a version that is none", { ranges: [range("introduced 0, fixed 1")] }, "not a version", "unclear"],
    ["an event whose version is none", { ranges: [range("introduced 0, fixed v_1")] }, "9", "unclear"],
    ["a range without events", { ranges: [{ events: [] }] }, "9", "unclear"],
  ])("%s", (_, affected, version, expected) => expect(verdict(affected, version)).toBe(expected));

  it("takes a version for affected where it knows no order", () => {
    expect(orderingOf("Maven")).toBeUndefined();
    expect(orderingOf("constructor")).toBeUndefined();
    const affected = { ranges: [range("introduced 0, fixed 1")] };
    expect(findVersion({ versions: [], ...affected }, "2", undefined)).toEqual({ is: "unclear" });
    expect(findVersion({ ranges: [], versions: ["1"] }, "2", undefined)).toEqual({ is: "unaffected" });
  });

  it("orders SEMVER ranges by their own rules", () => {
    const semver = { semver: true, ...range("introduced 1.0.0-alpha, fixed 1.0.0") } as const;
    const said = (version: string) => verdict({ ranges: [semver] }, version, undefined);
    expect(["1.0.0-alpha", "1.0.0-rc.1", "1.0.0", "1.0.0+build", "0.9.9", "1.0"].map(said)).toEqual([
      "affected until 1.0.0",
      "affected until 1.0.0",
      "unaffected",
      "unaffected",
      "unaffected",
      "unclear",
    ]);
  });
});

const version = fc.integer({ min: 0, max: 30 }).map(String);
const event: fc.Arbitrary<RangeEvent> = fc.tuple(fc.constantFrom("introduced", "fixed"), version);

describe("properties", () => {
  it("does not depend on the order of events or of ranges", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(event, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        version,
        (ranges, at) => {
          const asked = (list: readonly (readonly RangeEvent[])[]) =>
            findVersion({ ranges: list.map((events) => ({ events })), versions: [] }, at, DEBIAN).is;
          expect(asked(ranges.toReversed().map((events) => events.toReversed()))).toBe(asked(ranges));
        },
      ),
    );
  });

  it("agrees with what is true of each version by itself, where events alternate", () => {
    const points = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 31 }), (found, at) => {
        const sorted = found.toSorted((a, b) => a - b);
        const events = sorted.map(
          (point, index): RangeEvent => [index % 2 === 0 ? "introduced" : "fixed", `${point}-1`],
        );
        const passed = sorted.filter((point) => point <= at).length;
        const said = findVersion({ ranges: [{ events }], versions: [] }, `${at}-1`, DEBIAN);
        expect(said.is).toBe(passed % 2 === 1 ? "affected" : "unaffected");
        if (said.is === "affected")
          expect(said.fixed).toBe(sorted[passed] === undefined ? undefined : `${sorted[passed]}-1`);
      }),
    );
  });

  it("names a fixed version that is not affected by the same range", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 6 }), version, (events, at) => {
        const { fixed } = findVersion({ ranges: [{ events }], versions: [] }, at, DEBIAN);
        if (fixed !== undefined) expect(DEBIAN.compare(fixed, at)).toBeGreaterThan(0);
      }),
    );
  });

  it("ranks versions as their order compares them", () => {
    const texts = fc.array(fc.stringMatching(/^[0-9][0-9a-z.~+-]{0,6}[0-9a-z]$/), { maxLength: 12 });
    fc.assert(
      fc.property(texts, (versions) => {
        const ranked = rankedOrdering(versions, DEBIAN);
        const readable = versions.filter(DEBIAN.isVersion);
        for (const a of readable)
          for (const b of readable) expect(Math.sign(ranked.compare(a, b))).toBe(Math.sign(DEBIAN.compare(a, b)));
      }),
    );
  });
});
