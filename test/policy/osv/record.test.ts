import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { readTrackerRecord } from "../../../policy/arch-tracker/record.ts";
import { readOsvRecord } from "../../../policy/osv/record.ts";
import { archGroup, debianRecord } from "../../support/advisory-dumps.ts";

const VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const PACKAGE = { ecosystem: "Debian:12", name: "curl" };
const RANGE = { type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "2" }] };

function affected(parts: object): object {
  return { id: "X-1", affected: [{ package: PACKAGE, ...parts }] };
}

describe("a record of OSV's", () => {
  it("is read as Debian's dump has it", () => {
    const found = readOsvRecord(
      debianRecord("CVE-2026-1234", "curl", "7.88.1-10+deb12u9", {
        releases: ["12", "13"],
        urgency: "low",
        vector: VECTOR,
        versions: ["7.88.1-10"],
      }),
    );
    expect(found).toMatchObject({ id: "DEBIAN-CVE-2026-1234", aliases: ["CVE-2026-1234"], withdrawn: false });
    expect(found?.affected.map(({ ecosystem }) => ecosystem)).toEqual(["Debian:12", "Debian:13"]);
    expect(found?.affected[0]).toEqual({
      ecosystem: "Debian:12",
      name: "curl",
      ranges: [
        {
          events: [
            ["introduced", "0"],
            ["fixed", "7.88.1-10+deb12u9"],
          ],
        },
      ],
      versions: ["7.88.1-10"],
      vectors: [VECTOR],
      words: [],
      urgency: "low",
    });
  });

  it("has its own severity, or else that of the whole", () => {
    const severity = [{ type: "CVSS_V3", score: VECTOR }];
    const own = [{ type: "CVSS_V2", score: "AV:N/AC:L/Au:N/C:P/I:P/A:P" }];
    const read = (value: object) => readOsvRecord(value)?.affected[0]?.vectors;
    expect(read({ ...affected({ ranges: [RANGE] }), severity })).toEqual([VECTOR]);
    expect(read({ ...affected({ ranges: [RANGE], severity: own }), severity })).toEqual([own[0]?.score]);
    const word = { ...affected({ ranges: [RANGE] }), database_specific: { severity: "MODERATE" } };
    expect(readOsvRecord(word)?.affected[0]?.words).toEqual(["MODERATE"]);
  });

  it("may be about repositories, or about nothing", () => {
    const commits = { type: "GIT", repo: "https://x", events: [{ introduced: "0" }] };
    expect(readOsvRecord({ id: "X-1", affected: [{ ranges: [commits] }] })?.affected).toEqual([]);
    expect(readOsvRecord({ id: "X-1" })?.affected).toEqual([]);
    const both = readOsvRecord(affected({ ranges: [commits], versions: ["1.0"] }));
    expect(both?.affected[0]).toMatchObject({ ranges: [], versions: ["1.0"] });
    expect(both?.affected[0]?.unclear).toBeUndefined();
    expect(readOsvRecord(affected({ ranges: [commits] }))?.affected[0]?.unclear).toBe(true);
  });

  test.each<[string, object]>([
    ["a range of a kind that is not known", { ranges: [{ type: "MAGIC", events: RANGE.events }] }],
    ["a range that is text", { ranges: ["< 2"] }],
    ["ranges that are none", { ranges: {} }],
    ["events that are none", { ranges: [{ type: "ECOSYSTEM", events: "all" }] }],
    ["no events", { ranges: [{ type: "ECOSYSTEM", events: [] }] }],
    ["an event of two kinds", { ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0", fixed: "2" }] }] }],
    ["an event of no kind", { ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { repaired: "2" }] }] }],
    ["a version that is a number", { ranges: [{ type: "ECOSYSTEM", events: [{ introduced: 0 }] }] }],
    ["versions that are no texts", { ranges: [RANGE], versions: [1, 2] }],
    ["nothing", {}],
  ])("is unclear where it has %s", (_, parts) =>
    expect(readOsvRecord(affected(parts))?.affected[0]?.unclear).toBe(true),
  );

  test.each<[string, unknown]>([
    ["null", null],
    ["a list", []],
    ["no id", { affected: [] }],
    ["an id with a line break", { id: "X\n1", affected: [] }],
    ["affected that is none", { id: "X-1", affected: {} }],
    ["a package without a name", { id: "X-1", affected: [{ package: { ecosystem: "Debian:12" } }] }],
    ["a package that is text", { id: "X-1", affected: [{ package: "curl" }] }],
  ])("is none: %s", (_, value) => expect(readOsvRecord(value)).toBeUndefined());

  it("never throws, whatever JSON holds", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void [readOsvRecord(value), readTrackerRecord(value)]));
    const close = fc.record({
      id: fc.constant("X-1"),
      affected: fc.array(
        fc.record({
          package: fc.constant(PACKAGE),
          ranges: fc.jsonValue(),
          versions: fc.jsonValue(),
          severity: fc.jsonValue(),
          ecosystem_specific: fc.jsonValue(),
        }),
      ),
      aliases: fc.jsonValue(),
    });
    fc.assert(
      fc.property(close, (value) => {
        expect(readOsvRecord(value)?.affected.length).toBe(value.affected.length);
      }),
    );
  });
});

describe("a group of the Arch tracker's", () => {
  it("is read in the tracker's form", () => {
    const found = readTrackerRecord(
      archGroup(17, ["openssl", "lib32-openssl"], { fixed: "3.1-2", advisories: ["ASA-202601-3"] }),
    );
    expect(found).toMatchObject({ id: "AVG-17", aliases: ["CVE-2026-10017", "ASA-202601-3"] });
    expect(found?.affected.map(({ name }) => name)).toEqual(["openssl", "lib32-openssl"]);
    expect(found?.affected[0]).toMatchObject({
      ecosystem: "Arch",
      ranges: [
        {
          events: [
            ["introduced", "1.0-1"],
            ["fixed", "3.1-2"],
          ],
        },
      ],
      words: ["High"],
    });
  });

  it("is about nothing where Arch is not affected", () => {
    expect(readTrackerRecord(archGroup(1, ["x"], { status: "Not affected" }))?.affected).toEqual([]);
    for (const status of ["Unknown", "Vulnerable", "Testing", "Fixed"])
      expect(readTrackerRecord(archGroup(1, ["x"], { status }))?.affected).toHaveLength(1);
  });

  it("is unclear where its versions are, and none where it is no group", () => {
    expect(readTrackerRecord(archGroup(1, ["x"], { affected: null }))?.affected[0]?.unclear).toBe(true);
    expect(readTrackerRecord(archGroup(1, ["x"], { fixed: 3 }))?.affected[0]?.unclear).toBe(true);
    for (const broken of [{ packages: [] }, { packages: "x" }, { status: "Fine" }, { name: 3 }])
      expect(readTrackerRecord(archGroup(1, ["x"], broken))).toBeUndefined();
  });
});
