import { safe } from "../safe.ts";

/** One thing that a SARIF log tells. */
export interface SarifResult {
  /** Number in `rules`. */
  readonly rule: number;
  readonly level: "error" | "warning" | "note";
  readonly message: string;
  /** Relative to the folder of the repository. */
  readonly file: string;
  readonly line: number;
  /** What makes it the same finding in the next run. */
  readonly fingerprint: string;
}

export interface SarifRule {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  /** 0 to 10, as code scanning sorts by: `security-severity`. */
  readonly score?: number;
}

export interface SarifLog {
  readonly version: string;
  readonly exitCode: number;
  /** The run could look at everything that it was to look at. */
  readonly successful: boolean;
  readonly rules: readonly SarifRule[];
  readonly results: readonly SarifResult[];
}

/** A log of one run in SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): the members that code scanning reads. */
export function sarifLog({ version, exitCode, successful, rules, results }: SarifLog): object {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "omg", semanticVersion: version, rules: rules.map(ruleOf) },
        },
        invocations: [{ executionSuccessful: successful, exitCode }],
        results: results.map(({ rule, level, message, file, line, fingerprint }) => ({
          ruleId: `omg/${rules[rule]?.id}`,
          ruleIndex: rule,
          level,
          message: { text: safe(message) },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line } } }],
          partialFingerprints: { "omgEntry/v1": fingerprint },
        })),
      },
    ],
  };
}

function ruleOf({ id, name, text, score }: SarifRule): object {
  return {
    id: `omg/${id}`,
    name,
    shortDescription: { text: safe(text) },
    ...(score === undefined ? {} : { properties: { tags: ["security"], "security-severity": score.toFixed(1) } }),
  };
}

/** A relative reference (RFC 3986): what is not plain in a path is percent-encoded. */
function uriOf(file: string): string {
  return file.split("/").map(encodeURIComponent).join("/");
}
