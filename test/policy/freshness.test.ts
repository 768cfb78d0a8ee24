import { describe, expect, it } from "vitest";
import { effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Artifact, DebianChain } from "../../schema/model/artifact.ts";
import { artifactOf, evidence, install, judged, rule, transaction } from "./samples.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const CHAIN: DebianChain = {
  type: "debian",
  release: "/lists/InRelease",
  keyrings: [],
  bound: true,
  trusted: false,
  index: "/lists/Packages",
  indexKey: "main/binary-amd64/Packages",
};

function found(days: number, facts: Readonly<Record<string, string>>, chain: Artifact["chain"] = CHAIN): string[] {
  const signature = { ...evidence("signature", "pass"), facts };
  const policy = effectivePolicy({
    builtIn: {},
    machine: { indexesMaxAge: rule(days, "/etc/omg/policy.toml") },
    repository: { indexesMaxAge: rule(40) },
  });
  const judgements = [judged("a", "verified", [evidence("checksum", "pass"), signature])];
  const transactions = [transaction([install("a")], [artifactOf("a", { chain })])];
  return evaluate(policy, transactions, judgements, NOW).map((one) => `${one.rule} ${one.file}: ${one.message}`);
}

describe("indexes.max-age", () => {
  it("holds the date of the Release file against the clock, by the smaller number", () => {
    const date = "2026-11-01T12:00:00Z";
    expect(found(20, { date })).toEqual([]);
    expect(found(19, { date })).toEqual([
      "indexes.max-age /etc/omg/policy.toml: a 1.0 from debian is listed by a state of its archive of 2026-11-01, 20 days ago, and 19 may be.",
    ]);
    expect(found(100, { date: "2026-10-01T00:00:00Z" })[0]).toMatch(
      /^indexes.max-age \/repo\/policy.toml: .* and 40 may be/,
    );
  });

  it("leaves what is old on purpose: a snapshot's time, and what was verified before", () => {
    const date = "2020-01-01T00:00:00Z";
    expect(found(1, { date, asOf: date })).toEqual([]);
    expect(found(1, { date, recorded: "yes" }, { type: "recorded", evidence: [] })).toEqual([]);
    expect(found(1, { date })).toHaveLength(1);
  });
});
