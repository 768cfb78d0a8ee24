import type { AuditScanResult, ScannedPackage } from "../../../app/audit-results.ts";
import type { Severity, Vulnerability } from "../../../schema/model/vulnerability.ts";
import { type SarifResult, type SarifRule, sarifLog } from "./sarif-log.ts";

/** What code scanning sorts by where nobody gave a score: the middle of each word's range. */
const SCORES: Readonly<Record<Severity, number>> = {
  none: 0,
  low: 2,
  medium: 5.5,
  high: 8,
  critical: 9.5,
  unknown: 9.5,
};

/** The vulnerabilities of a scan: a rule for each of them, a result for each package that has it, at the lock's first line. */
export function scanSarif({ packages, unknown }: AuditScanResult, version: string, exitCode: number): object {
  const all = new Map(packages.flatMap(({ vulnerabilities }) => vulnerabilities.map((each) => [each.id, each])));
  const ids = [...all.keys()].sort();
  return sarifLog({
    version,
    exitCode,
    successful: unknown.every(({ code }) => code === "no-ecosystem"),
    rules: ids.flatMap((id) => ruleOf(all.get(id))),
    results: packages.flatMap((each) =>
      each.vulnerabilities.map((found) => resultOf(each, found, ids.indexOf(found.id))),
    ),
  });
}

function ruleOf(found: Vulnerability | undefined): readonly SarifRule[] {
  if (found === undefined) return [];
  const { id, severity } = found;
  const score = severity === "none" ? SCORES.none : (found.score ?? SCORES[severity]);
  return [{ id, name: id, text: `${id}, ${severity === "unknown" ? "of unknown severity" : severity}`, score }];
}

function resultOf(
  { source, version, packages }: ScannedPackage,
  { id, fixed, severity, refused }: ScannedPackage["vulnerabilities"][number],
  rule: number,
): SarifResult {
  const cure = fixed === undefined ? "There is no fixed version yet" : `It is fixed in ${fixed}`;
  return {
    rule,
    level: refused ? "error" : severity === "none" || severity === "low" ? "note" : "warning",
    message: `${source} ${version} (${packages.join(", ")}) has ${id}. ${cure}.`,
    file: "omg.lock",
    line: 1,
    fingerprint: `${id}:${source}`,
  };
}
