import type { Artifact, Evidence } from "../../schema/model/artifact.ts";
import type { LicenseFinding } from "../../schema/model/license.ts";
import type { EffectivePolicy } from "../effective.ts";

/** The licenses of artifacts, in their order, from the bytes that are here; undefined where they are not. */
export type LicensesOf = (
  artifacts: readonly Artifact[],
  pathOf: (sha256: string) => string | undefined,
) => Promise<readonly (LicenseFinding | undefined)[]>;

/** Whether a policy has something to say about licenses. */
export function asksForLicenses({ licenses }: EffectivePolicy): boolean {
  return licenses.some(({ value }) => value !== "allow");
}

/** Evidence about the licenses of what is to be installed, in order. */
export async function licenseEvidence(
  artifacts: readonly Artifact[],
  pathOf: (sha256: string) => string | undefined,
  licensesOf?: LicensesOf,
): Promise<readonly (readonly Evidence[])[]> {
  const installed = artifacts.filter(({ role }) => role === "install");
  const findings = (await licensesOf?.(installed, pathOf)) ?? installed.map(() => NOBODY);
  const found = new Map(installed.map((artifact, index) => [artifact, evidenceOf(findings[index])]));
  return artifacts.map((artifact) => found.get(artifact) ?? []);
}

const NOBODY: LicenseFinding = { basis: "unknown", detail: "Nothing here can tell its license." };

function evidenceOf(finding: LicenseFinding | undefined): Evidence[] {
  if (finding === undefined)
    return [
      {
        check: "license",
        verdict: "pending",
        code: "not-fetched",
        detail: "Its license is read from its own bytes, which are not here yet.",
        facts: {},
      },
    ];
  const { expression, basis, detail } = finding;
  if (expression === undefined)
    return [{ check: "license", verdict: "unknown", code: "license-unknown", detail, facts: {} }];
  return [
    {
      check: "license",
      verdict: "pass",
      code: basis === "stated" ? "license-stated" : "license-told",
      detail: `It is under ${expression}. ${detail}`,
      facts: { license: expression, basis },
    },
  ];
}
