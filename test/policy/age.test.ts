import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { openSightings } from "../../policy/sightings.ts";
import type { Artifact, Evidence } from "../../schema/model/artifact.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import { artifactOf, evidence, install, judged, rule, transaction } from "./samples.ts";

const signed = (facts: Readonly<Record<string, string>>): Evidence => ({ ...evidence("signature", "pass"), facts });

function found(file: PolicyFile, piece: Evidence, now: string, parts: Partial<Artifact> = {}): string[] {
  const policy = effectivePolicy({ builtIn: {}, repository: file });
  const judgements = [judged("a", "verified", [evidence("checksum", "pass"), piece])];
  return evaluate(policy, [transaction([install("a")], [artifactOf("a", parts)])], judgements, new Date(now)).map(
    (one) => `${one.rule}: ${one.message} ${one.remedy}`,
  );
}

describe("age", () => {
  const week = { ageMinimum: rule(7) };

  it("counts from the first signed index to the minute that it names", () => {
    const piece = signed({ date: "2026-11-20T14:05:00Z" });
    const said = found(week, piece, "2026-11-25T20:00:00Z");
    expect(said).toEqual([
      "age.minimum-days: a 1.0 from debian is known since 2026-11-20 14:05 UTC, for 5 days; 7 days is the least. It may be installed from 2026-11-27 14:05 UTC on. Until then pin an older version.",
    ]);
    expect(found(week, piece, "2026-11-27T14:04:59Z")).toHaveLength(1);
    expect(found(week, piece, "2026-11-27T14:05:00Z")).toEqual([]);
  });

  it("counts from the first sighting, not from the list of today", () => {
    const piece = signed({ date: "2026-11-25T00:00:00Z", firstSeen: "2026-11-01T00:00:00Z" });
    expect(found(week, piece, "2026-11-25T20:00:00Z")).toEqual([]);
  });

  it("takes only what a good signature says", () => {
    const facts = { date: "2020-01-01T00:00:00Z" };
    for (const verdict of ["fail", "unknown", "absent"] as const)
      expect(found(week, { ...evidence("signature", verdict), facts }, "2026-11-25T20:00:00Z")).toContainEqual(
        "age.minimum-days: No signed index says since when a 1.0 from debian is known; 7 days is the least. Take it from a source with a signed index.",
      );
    expect(found(week, signed({ date: "someday" }), "2026-11-25T20:00:00Z")).toHaveLength(1);
  });

  it("has a number for each source and package, every one of which counts", () => {
    const file = {
      ageMinimum: rule(0),
      ageSources: { "deb*": rule(3), docker: rule(99) },
      agePackages: { a: rule(9), "linux-*": rule(99) },
    };
    const piece = signed({ date: "2026-11-24T00:00:00Z" });
    expect(found(file, piece, "2026-11-25T00:00:00Z").map((said) => said.split(":")[0])).toEqual([
      "age.sources.deb*",
      "age.packages.a",
    ]);
    expect(found(file, piece, "2026-11-25T00:00:00Z", { origin: "internal" })).toHaveLength(1);
  });

  it("of two files takes the longer one", () => {
    const policy = effectivePolicy({
      builtIn: {},
      machine: { ageMinimum: rule(3, "/m"), agePackages: { a: rule(1, "/m") } },
      repository: { ageMinimum: rule(2), agePackages: { a: rule(5) } },
    });
    expect(policy.ageMinimum).toEqual(rule(3, "/m"));
    expect(policy.agePackages.a).toEqual(rule(5));
  });
});

describe("first sightings", () => {
  let folder: string;
  const path = () => join(folder, "state", "sightings.json");
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-sightings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const see = (date: string, parts: Partial<Artifact> = {}, verdict: Evidence["verdict"] = "pass") => {
    const piece = { ...signed({ date }), verdict };
    const [judgement] = openSightings(path()).withFirstSeen(
      [artifactOf("a", parts)],
      [judged("a", "verified", [piece])],
    );
    return judgement?.evidence[0]?.facts.firstSeen;
  };

  it("are the earliest signed date of the very same bytes, from run to run", () => {
    expect(see("2026-11-20T00:00:00.000Z")).toBe("2026-11-20T00:00:00.000Z");
    expect(see("2026-11-25T00:00:00.000Z")).toBe("2026-11-20T00:00:00.000Z");
    expect(see("2026-11-10T00:00:00.000Z")).toBe("2026-11-10T00:00:00.000Z");
    expect(see("2026-11-25T00:00:00.000Z", { sha256: "f".repeat(64) })).toBe("2026-11-25T00:00:00.000Z");
    expect(see("2026-11-25T00:00:00.000Z", { origin: "elsewhere" })).toBe("2026-11-25T00:00:00.000Z");
    expect(see("2026-11-25T00:00:00.000Z", { version: "1.1" })).toBe("2026-11-25T00:00:00.000Z");
  });

  it("come from no signature that did not pass", () => {
    expect(see("2026-11-01T00:00:00.000Z", {}, "fail")).toBeUndefined();
    expect(see("2026-11-20T00:00:00.000Z")).toBe("2026-11-20T00:00:00.000Z");
  });

  it.each(["rubbish", "[]", '{"x":1}', "null", '{"x":"2020"}'])("that cannot be read are none: %s", (text) => {
    see("2026-11-20T00:00:00.000Z");
    writeFileSync(path(), text);
    expect(see("2026-11-25T00:00:00.000Z")).toBe("2026-11-25T00:00:00.000Z");
    expect(readFileSync(path(), "utf8")).toContain("2026-11-25");
  });

  it("that cannot be kept stop nothing", () => {
    writeFileSync(join(folder, "state"), "a file where a folder belongs");
    expect(see("2026-11-20T00:00:00.000Z")).toBe("2026-11-20T00:00:00.000Z");
  });
});
