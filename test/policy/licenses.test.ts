import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_IN_POLICY, effectivePolicy } from "../../policy/effective.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { asksForLicenses, licenseEvidence } from "../../policy/licenses/verify.ts";
import { parsePolicy } from "../../schema/files/policy.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import type { LicenseFinding } from "../../schema/model/license.ts";
import type { PolicyFile } from "../../schema/model/policy.ts";
import { artifactOf, evidence, install, judged, rule, transaction } from "./samples.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
const CHECKED = [evidence("checksum", "pass"), evidence("signature", "pass")];

function policyOf(repository: PolicyFile, machine?: PolicyFile) {
  return effectivePolicy({ builtIn: BUILT_IN_POLICY, repository, ...(machine === undefined ? {} : { machine }) });
}

function under(license: string, basis = "stated"): Evidence {
  return { check: "license", verdict: "pass", code: "license-stated", detail: "", facts: { license, basis } };
}

function violations(piece: Evidence | undefined, repository: PolicyFile, machine?: PolicyFile, before = CHECKED) {
  const judgement = judged("a", "verified", piece === undefined ? before : [...before, piece]);
  return evaluate(policyOf(repository, machine), [transaction([install("a")], [artifactOf("a")])], [judgement], NOW);
}

const policyFile = (text: string, path = "/repo/policy.toml") => parsePolicy({ path, text: `version = 1\n${text}` });
const names = fc.subarray(["MIT", "ISC", "AGPL-*", "*"]);
const licenseTable = fc
  .record({ allow: fc.option(names), deny: fc.option(names), unknown: fc.constantFrom(null, "allow", "refuse") })
  .map((table) =>
    Object.entries(table).map(([key, value]) => (value === null ? "" : `${key} = ${JSON.stringify(value)}\n`)),
  )
  .map((lines) => lines.join(""));
const policyText = fc
  .tuple(licenseTable, licenseTable, licenseTable)
  .map((tables) =>
    ["", ".sources.debian", '.packages."a*"'].map((of, at) => `[licenses${of}]\n${tables[at]}`).join(""),
  );
const licenseText = fc.constantFrom(undefined, "MIT", "ISC OR MIT", "MIT AND AGPL-3.0-only", "Zlib OR ISC");

const rules = (...given: Parameters<typeof violations>) => violations(...given).map((one) => one.rule);

describe("[licenses]", () => {
  const deny = { licensesDeny: rule(["AGPL-*", "SSPL-1.0"]) };
  const allow = { licensesAllow: rule(["MIT", "bsd-*", "GPL-3.0-or-later WITH GCC-exception-3.1"]) };

  it("refuses what is denied, and names rule, file, line, license and remedy", () => {
    expect(violations(under("AGPL-3.0-only AND MIT"), deny)).toEqual([
      {
        address: "apt.a",
        rule: "licenses.deny",
        file: "/repo/policy.toml",
        line: 3,
        message: "a 1.0 from debian: it is under AGPL-3.0-only AND MIT, and AGPL-3.0-only may not be installed.",
        remedy: "Take it out of the lock. Or have the list in /repo/policy.toml changed.",
      },
    ]);
    expect(violations(under("AGPL-3.0-only", "text"), deny)[0]?.message).toContain("as far as the words");
  });

  it.each([
    ["MIT", []],
    ["BSD-3-Clause", []],
    ["MIT OR AGPL-3.0-only", []],
    ["MIT AND Zlib", ["licenses.allow"]],
    ["Zlib OR ISC", ["licenses.allow"]],
    ["GPL-3.0-or-later WITH GCC-exception-3.1", []],
    ["GPL-3.0-or-later", ["licenses.allow"]],
    ["AGPL-3.0-only", ["licenses.deny", "licenses.allow"]],
    ["(MIT OR AGPL-3.0-only) AND BSD-2-Clause", []],
  ])("%s under a list of each kind: %j", (license, expected) => {
    expect(rules(under(license), { ...deny, ...allow })).toEqual(expected);
  });

  it("a choice has to be open under the lists of all files at once", () => {
    const machine = { licensesDeny: rule(["MIT"], "/etc/omg/policy.toml") };
    expect(rules(under("MIT OR ISC"), { licensesDeny: rule(["ISC"]) })).toEqual([]);
    expect(rules(under("MIT OR ISC"), { licensesDeny: rule(["ISC"]) }, machine)).toEqual(["licenses.deny"]);
    expect(rules(under("MIT"), { licensesAllow: rule(["*"]) }, machine)).toEqual(["licenses.deny"]);
  });

  it("what could not be told is refused, unless the file that has the list lets it through", () => {
    const untold = evidence("license", "unknown");
    const own = policyFile('[licenses]\ndeny = ["AGPL-*"]');
    expect(rules(untold, own)).toEqual(["licenses.unknown"]);
    expect(rules(undefined, own)).toEqual(["licenses.unknown"]);
    expect(rules(untold, policyFile('[licenses]\ndeny = ["AGPL-*"]\nunknown = "allow"'))).toEqual([]);
    const strict = { licensesUnknown: rule("refuse" as const, "/etc/omg/policy.toml") };
    expect(violations(untold, { ...deny, licensesUnknown: rule("allow" as const) }, strict)).toMatchObject([
      { rule: "licenses.unknown", file: "/etc/omg/policy.toml", line: 3 },
    ]);
    expect(rules(untold, { licensesUnknown: rule("allow" as const) })).toEqual([]);
    expect(rules(under("MIT"), strict)).toEqual([]);
  });

  it("no repository lets through for the machine's lists what cannot be told", () => {
    const machine = policyFile('[licenses]\nallow = ["MIT"]', "/etc/omg/policy.toml");
    expect(violations(undefined, policyFile('[licenses]\nunknown = "allow"'), machine)).toMatchObject([
      { rule: "licenses.unknown", file: "/etc/omg/policy.toml", line: 3 },
    ]);
  });

  it("has lists of its own for a source and for a package, which add to the others", () => {
    const text = `[licenses]
deny = ["SSPL-1.0"]
[licenses.sources.debian]
deny = ["AGPL-*"]
[licenses.sources.other]
allow = ["ISC"]
[licenses.packages."a*"]
allow = ["MIT", "AGPL-*", "SSPL-1.0"]
unknown = "refuse"
[licenses.packages.b]
deny = ["MIT"]
`;
    const both = policyFile(text);
    expect(rules(under("MIT"), both)).toEqual([]);
    expect(rules(under("AGPL-3.0-only"), both)).toEqual(["licenses.sources.debian.deny"]);
    expect(rules(under("SSPL-1.0"), both)).toEqual(["licenses.deny"]);
    expect(violations(under("ISC"), both)).toMatchObject([{ rule: "licenses.packages.a*.allow", line: 9 }]);
    const without = policyFile(text.replace('deny = ["SSPL-1.0"]\n', 'unknown = "allow"\n'));
    expect(violations(undefined, without)).toMatchObject([
      { rule: "licenses.packages.a*.unknown", remedy: expect.stringContaining("[licenses.packages.a*]") },
    ]);
  });

  it("a repository's policy never lets a license through that the machine's refuses alone", () => {
    fc.assert(
      fc.property(policyText, policyText, licenseText, (machine, repository, license) => {
        const piece = license === undefined ? evidence("license", "unknown") : under(license);
        const own = policyFile(machine, "/etc/omg/policy.toml");
        if (violations(piece, {}, own).length === 0) return;
        expect(violations(piece, policyFile(repository), own)).not.toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("waits for the bytes, and not for ever", () => {
    const waiting = [evidence("checksum", "pending"), evidence("signature", "pass")];
    expect(rules(evidence("license", "pending"), deny, undefined, waiting)).toEqual([]);
    expect(rules(evidence("license", "pending"), policyFile('[licenses]\ndeny = ["AGPL-*"]'))).toEqual([
      "licenses.unknown",
    ]);
  });

  it("changes the digest of the policy, whatever order the lists have", () => {
    const digest = (file: PolicyFile) => policyOf(file).digest;
    expect(digest(deny)).not.toBe(digest({}));
    expect(digest({ licensesDeny: rule(["SSPL-1.0", "AGPL-*"]) })).toBe(digest(deny));
    expect(digest({ licensesUnknown: rule("allow" as const) })).not.toBe(digest({}));
  });
});

describe("the verifier", () => {
  const finding: LicenseFinding = { expression: "MIT", basis: "stated", detail: "copyright states it." };
  const artifacts = [
    artifactOf("here"),
    artifactOf("gone"),
    artifactOf("later"),
    artifactOf("old", { role: "replaced" }),
  ];
  const answers: Readonly<Record<string, LicenseFinding | undefined>> = {
    here: finding,
    gone: { basis: "unknown", detail: "gone has no copyright file." },
  };

  it("turns findings into evidence, and does not ask about what is replaced", async () => {
    const asked: string[] = [];
    const found = await licenseEvidence(
      artifacts,
      () => undefined,
      async (given) => {
        asked.push(...given.map(({ name }) => name));
        return given.map(({ name }) => answers[name]);
      },
    );
    expect(asked).toEqual(["here", "gone", "later"]);
    expect(found.map((each) => each.map(({ verdict, code }) => `${verdict} ${code}`))).toEqual([
      ["pass license-stated"],
      ["unknown license-unknown"],
      ["pending not-fetched"],
      [],
    ]);
    expect(found[0]?.[0]?.facts).toEqual({ license: "MIT", basis: "stated" });
  });

  it("is asked for by a rule that could refuse because of it", () => {
    expect(asksForLicenses(policyOf({}))).toBe(false);
    expect(asksForLicenses(policyOf({ licensesUnknown: rule("allow") }))).toBe(false);
    expect(asksForLicenses(policyOf({ licensesUnknown: rule("refuse") }))).toBe(true);
    expect(asksForLicenses(policyOf({ licensesDeny: rule(["X"]) }))).toBe(true);
    expect(asksForLicenses(policyOf({}, { licensesAllow: rule(["MIT"]) }))).toBe(true);
  });
});
