import type { SecretsResult } from "../../../app/answers.ts";
import { safe } from "../safe.ts";

/** The findings as SARIF 2.1.0, as code scanning reads it. No fingerprints: one over a short secret would give it away. */
export function secretsSarif({ findings }: SecretsResult, version: string): object {
  const kinds = new Map(findings.map(({ kind, what }) => [kind, what]));
  const ids = [...kinds.keys()].sort();
  const rules = ids.map((id) => ({
    id: `omg/secret/${id}`,
    name: id,
    shortDescription: { text: kinds.get(id) },
    defaultConfiguration: { level: "error" },
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "omg", semanticVersion: version, rules } },
        invocations: [{ executionSuccessful: true, exitCode: findings.length === 0 ? 0 : 2 }],
        results: findings.map(({ file, line, column, kind, what, masked }) => ({
          ruleId: `omg/secret/${kind}`,
          ruleIndex: ids.indexOf(kind),
          level: "error",
          message: { text: safe(`${what}: ${masked}`) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        })),
      },
    ],
  };
}
