import type { CiFinding, CiResult } from "../../../app/results.ts";
import { safe } from "../safe.ts";

const RULES: Readonly<Record<CiFinding["rule"], string>> = {
  missing: "The lock wants it, and it is not here",
  different: "It is here otherwise than the lock wants it",
  unwanted: "It is here, and should not be",
  unreadable: "It could not be read, and nothing is concluded from it",
  interrupted: "A run was cut off",
  ahead: "It is newer than its pin",
  unpinned: "It has no pin for this platform",
};

/** The findings as SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): the members that code scanning reads. */
export function sarif({ findings, check }: CiResult, version: string): object {
  const ids = Object.keys(RULES) as CiFinding["rule"][];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "omg",
            semanticVersion: version,
            rules: ids.map((id) => ({ id: `omg/${id}`, name: id, shortDescription: { text: RULES[id] } })),
          },
        },
        invocations: [{ executionSuccessful: true, exitCode: check.inSync ? 0 : 2 }],
        results: findings.map(({ rule, level, message, file, line, address }) => ({
          ruleId: `omg/${rule}`,
          ruleIndex: ids.indexOf(rule),
          level,
          message: { text: safe(message) },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } } }],
          partialFingerprints: { "omgEntry/v1": `${rule}:${address}` },
        })),
      },
    ],
  };
}

/** A relative reference (RFC 3986): what is not plain in a path is percent-encoded. */
function uriOf(file: string): string {
  return file.split("/").map(encodeURIComponent).join("/");
}
