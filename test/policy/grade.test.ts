import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareGrades, GRADES, grade, isProvisional } from "../../policy/grade.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import { evidence } from "./samples.ts";

const checksum = evidence("checksum", "pass");
const signature = evidence("signature", "pass");
const provenance = build({ level: "3", source: "named" });

describe("grades", () => {
  it.each([
    ["nothing", [], "risk"],
    ["a checksum", [checksum], "community"],
    ["a checksum that is still to come", [evidence("checksum", "pending")], "community"],
    ["a signature without bytes to go with it", [signature], "risk"],
    ["checksum and signature", [checksum, signature], "verified"],
    ["checksum, signature and provenance", [checksum, signature, provenance], "locked"],
    ["provenance that is still to come", [checksum, signature, evidence("provenance", "pending")], "locked"],
    ["provenance of a lower level", [checksum, signature, build({ level: "2", source: "named" })], "verified"],
    ["provenance of a source that no policy names", [checksum, signature, build({ level: "3" })], "verified"],
    ["provenance without a signature", [checksum, provenance], "community"],
    ["no signature to check", [checksum, evidence("signature", "absent")], "community"],
    ["a failed checksum", [evidence("checksum", "fail"), signature], "risk"],
    ["a failed signature", [checksum, evidence("signature", "fail")], "risk"],
    ["a failed signature beside a good one", [checksum, signature, evidence("signature", "fail")], "risk"],
    ["failed provenance", [checksum, signature, evidence("provenance", "fail")], "risk"],
    ["a known vulnerability", [checksum, signature, provenance, evidence("vulnerabilities", "fail")], "risk"],
    ["an unreadable signature chain", [checksum, evidence("signature", "unknown")], "risk"],
    ["bytes that cannot be read", [evidence("checksum", "unknown"), signature], "risk"],
    ["provenance that could not be checked", [checksum, signature, evidence("provenance", "unknown")], "verified"],
    ["a vulnerability look-up that failed", [checksum, signature, evidence("vulnerabilities", "unknown")], "verified"],
  ] as const)("%s", (_, pieces, expected) => {
    expect(grade(pieces)).toBe(expected);
  });

  it("says when the bytes are still to be seen", () => {
    expect(isProvisional([evidence("checksum", "pending"), signature])).toBe(true);
    expect(isProvisional([checksum, signature])).toBe(false);
  });

  const piece = fc
    .tuple(
      fc.constantFrom("checksum", "signature", "provenance", "vulnerabilities"),
      fc.constantFrom("pass", "fail", "absent", "unknown", "pending"),
    )
    .map(([check, verdict]): Evidence => evidence(check, verdict));
  const pieces = fc.array(piece, { maxLength: 6 });

  it("never rise when a pass turns into anything else, and do not depend on order", () => {
    fc.assert(
      fc.property(pieces, fc.nat(), fc.constantFrom("fail", "absent", "unknown", "pending"), (all, at, verdict) => {
        const worse = all.map((one, index) =>
          index === at % all.length && one.verdict === "pass" ? { ...one, verdict } : one,
        );
        expect(compareGrades(grade(worse), grade(all))).toBeLessThanOrEqual(0);
        expect(grade([...all].reverse())).toBe(grade(all));
      }),
    );
  });

  it("never are above risk with a failure", () => {
    fc.assert(
      fc.property(pieces, pieces, (before, after) => {
        expect(grade([...before, evidence("provenance", "fail"), ...after])).toBe("risk");
      }),
    );
  });

  it("are ordered from worst to best", () => {
    expect([...GRADES].sort(compareGrades)).toEqual(["risk", "community", "verified", "locked"]);
  });
});

function build(facts: Evidence["facts"]): Evidence {
  return { ...evidence("provenance", "pass"), facts };
}
