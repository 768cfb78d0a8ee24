import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { cvss2Score } from "../../../policy/severity/cvss2.ts";
import { cvss3Score } from "../../../policy/severity/cvss3.ts";
import { cvss4Score } from "../../../policy/severity/cvss4.ts";
import { rate } from "../../../policy/severity/index.ts";
import { LEVELS, levelOfScore, rankOf } from "../../../policy/severity/level.ts";

describe("CVSS 3, by the examples of the specification and by well-known vulnerabilities", () => {
  test.each([
    // CVSS 3.1 Examples, first.org/cvss/v3.1/examples
    ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4],
    ["CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8],
    ["CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2],
    ["CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 4.6],
    ["CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
    ["CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 9.3],
    ["CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.5],
    ["CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
    // what is beside the base metrics does not count
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U/CR:L", 9.8],
  ])("%s is %s", (vector, score) => expect(cvss3Score(vector)).toBe(score));

  test.each([
    "",
    "CVSS:3.1/",
    "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
    "CVSS:3.1/AV:N/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:constructor/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:toString/C:H/I:H/A:H",
    "AV:N/AC:L/Au:N/C:P/I:P/A:P",
  ])("%j is no vector", (vector) => expect(cvss3Score(vector)).toBeUndefined());

  it("is a tenth between 0 and 10 for every base vector, and never falls when an impact rises", () => {
    const one = (...values: string[]) => fc.constantFrom(...values);
    const parts = fc.tuple(one("N", "A", "L", "P"), one("L", "H"), one("N", "L", "H"), one("N", "R"), one("U", "C"));
    const impacts = ["N", "L", "H"];
    fc.assert(
      fc.property(parts, fc.nat(2), fc.nat(2), fc.nat(1), ([av, ac, pr, ui, s], c, i, a) => {
        const of = (availability: number) =>
          cvss3Score(
            `CVSS:3.1/AV:${av}/AC:${ac}/PR:${pr}/UI:${ui}/S:${s}/C:${impacts[c]}/I:${impacts[i]}/A:${impacts[availability]}`,
          ) ?? Number.NaN;
        const [lower, higher] = [of(a), of(a + 1)];
        expect(lower).toBe(Math.round(lower * 10) / 10);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(higher).toBeLessThanOrEqual(10);
        expect(higher).toBeGreaterThanOrEqual(lower);
      }),
    );
  });
});

describe("CVSS 4, by its reference calculator over a sample of all base vectors", () => {
  test.each([
    ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10],
    ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3],
    ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N", 6.9],
    ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0],
    ["AV:N/AC:L/AT:N/PR:H/UI:N/VC:N/VI:L/VA:N/SC:H/SI:N/SA:L", 6.2],
    ["AV:N/AC:L/AT:P/PR:L/UI:P/VC:N/VI:H/VA:L/SC:L/SI:N/SA:H", 7],
    ["AV:N/AC:H/AT:N/PR:N/UI:A/VC:L/VI:N/VA:H/SC:N/SI:L/SA:N", 5.9],
    ["AV:N/AC:H/AT:P/PR:N/UI:N/VC:L/VI:L/VA:H/SC:H/SI:L/SA:L", 9.1],
    ["AV:A/AC:L/AT:N/PR:L/UI:A/VC:H/VI:L/VA:L/SC:N/SI:H/SA:N", 6.8],
    ["AV:A/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:L/SC:H/SI:H/SA:L", 8.8],
    ["AV:A/AC:H/AT:N/PR:H/UI:P/VC:N/VI:H/VA:N/SC:L/SI:N/SA:N", 4.1],
    ["AV:A/AC:H/AT:P/PR:L/UI:A/VC:L/VI:N/VA:L/SC:N/SI:N/SA:L", 1],
    ["AV:L/AC:L/AT:P/PR:N/UI:P/VC:L/VI:H/VA:H/SC:L/SI:L/SA:N", 5.9],
    ["AV:L/AC:L/AT:P/PR:H/UI:A/VC:H/VI:L/VA:N/SC:N/SI:L/SA:L", 4.3],
    ["AV:L/AC:H/AT:N/PR:H/UI:N/VC:H/VI:H/VA:N/SC:H/SI:L/SA:H", 8.5],
    ["AV:P/AC:L/AT:N/PR:H/UI:A/VC:N/VI:H/VA:H/SC:H/SI:H/SA:H", 7.2],
    ["AV:P/AC:L/AT:P/PR:H/UI:N/VC:L/VI:L/VA:N/SC:H/SI:N/SA:N", 1.8],
    ["AV:P/AC:H/AT:P/PR:N/UI:A/VC:H/VI:N/VA:H/SC:N/SI:N/SA:H", 5.7],
    // A half of a tenth that binary fractions make a little less of: rounded as the reference does.
    ["AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H", 8.6],
    // what is beside the base metrics does not count
    ["AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U/CR:L/MAV:P/S:P/AU:Y/R:I/V:C/RE:H/U:Clear", 9.3],
  ])("%s is %s", (vector, score) => expect(cvss4Score(`CVSS:4.0/${vector}`)).toBe(score));

  test.each([
    "CVSS:4.0/",
    "CVSS:4.1/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:R/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/AV:N/AC:L/AT:valueOf/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
  ])("%j is no vector", (vector) => expect(cvss4Score(vector)).toBeUndefined());

  it("is a tenth between 0 and 10 for every base vector, and never falls when one of its metrics gets worse", () => {
    const values = {
      AV: "PLAN",
      AC: "HL",
      AT: "PN",
      PR: "HLN",
      UI: "APN",
      VC: "NLH",
      VI: "NLH",
      VA: "NLH",
      SC: "NLH",
      SI: "NLH",
      SA: "NLH",
    };
    const names = Object.keys(values) as (keyof typeof values)[];
    const of = (places: readonly number[]) =>
      cvss4Score(`CVSS:4.0/${names.map((name, index) => `${name}:${values[name][places[index] ?? 0]}`).join("/")}`) ??
      Number.NaN;
    const places = fc.tuple(...names.map((name) => fc.nat(values[name].length - 1)));
    fc.assert(
      fc.property(places, fc.nat(names.length - 1), (found, which) => {
        const worse = found.map((place, index) => (index === which ? values[names[index] ?? "AV"].length - 1 : place));
        const [lower, higher] = [of(found), of(worse)];
        expect(lower).toBe(Math.round(lower * 10) / 10);
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(higher).toBeLessThanOrEqual(10);
        expect(higher).toBeGreaterThanOrEqual(lower);
      }),
    );
  });
});

describe("CVSS 2, by the examples of its guide", () => {
  test.each([
    ["AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8],
    ["AV:N/AC:L/Au:N/C:C/I:C/A:C", 10],
    ["AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2],
    ["(AV:N/AC:M/Au:N/C:N/I:P/A:N)", 4.3],
    ["AV:N/AC:L/Au:N/C:N/I:N/A:N", 0],
  ])("%s is %s", (vector, score) => expect(cvss2Score(vector)).toBe(score));

  it("is undefined for anything else", () => {
    expect(cvss2Score("AV:N/AC:L/Au:N/C:N/I:N")).toBeUndefined();
    expect(cvss2Score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")).toBeUndefined();
  });
});

describe("one word from all that is said", () => {
  const CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
  const LOW = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N";
  test.each([
    ["the score", { vectors: [CRITICAL], words: [] }, { severity: "critical", score: 9.8 }],
    ["the newest CVSS", { vectors: ["AV:N/AC:L/Au:N/C:C/I:C/A:C", LOW], words: [] }, { severity: "low", score: 3.1 }],
    [
      "CVSS 2 by its own scale",
      { vectors: ["AV:N/AC:L/Au:N/C:C/I:C/A:C"], words: [] },
      { severity: "high", score: 10 },
    ],
    [
      "CVSS 4 before CVSS 3",
      { vectors: [CRITICAL, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N"], words: [] },
      { severity: "medium", score: 6.9 },
    ],
    ["a score before a word", { vectors: [LOW], words: ["CRITICAL"] }, { severity: "low", score: 3.1 }],
    ["a word without a score", { vectors: [], words: ["Moderate"] }, { severity: "medium" }],
    ["a vector that cannot be read is none", { vectors: ["CVSS:4.0/AV:N"], words: ["high"] }, { severity: "high" }],
    ["unimportant", { vectors: [CRITICAL], words: [], urgency: "unimportant" }, { severity: "none", score: 9.8 }],
    ["an urgency that is worse", { vectors: [LOW], words: [], urgency: "high" }, { severity: "high", score: 3.1 }],
    [
      "an urgency that is better",
      { vectors: [CRITICAL], words: [], urgency: "low" },
      { severity: "critical", score: 9.8 },
    ],
    ["an urgency alone", { vectors: [], words: [], urgency: "medium" }, { severity: "medium" }],
    [
      "an urgency that says nothing",
      { vectors: [LOW], words: [], urgency: "not yet assigned" },
      { severity: "low", score: 3.1 },
    ],
    ["nothing at all", { vectors: [], words: [], urgency: "end-of-life" }, { severity: "unknown" }],
  ] as const)("%s", (_, rating, expected) => expect(rate(rating)).toEqual(expected));

  it("ranks the unknown with the worst", () => {
    expect(rankOf("unknown")).toBe(rankOf("critical"));
    expect(LEVELS.map(rankOf)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 0.1, 3.9, 4, 6.9, 7, 8.9, 9, 10].map(levelOfScore)).toEqual([
      "none",
      "low",
      "low",
      "medium",
      "medium",
      "high",
      "high",
      "critical",
      "critical",
    ]);
  });
});
