import type { AuditScanResult } from "../../app/audit-results.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import type { Severity } from "../../schema/model/vulnerability.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, type Line } from "./segments.ts";
import { ago, count } from "./words.ts";

const ORDER: readonly Severity[] = ["critical", "high", "medium", "low", "unknown"];

/** The last lines of a scan: how many, by which lists, and what policy says. */
export function scanSummary(result: AuditScanResult, screen: Screen): Line[] {
  const missing = result.unknown.some(({ code }) => code === "no-database");
  return [
    ...totals(result, screen),
    ...result.lists.flatMap(({ from, date }) =>
      paragraph(`By ${from}, of ${date.slice(0, 10)} (${ago(date, screen.now)}).`, {
        lead: [],
        tone: "dim",
        columns: screen.columns,
      }),
    ),
    ...refusals(result.violations, screen),
    ...(missing ? next("omg audit update fetches the lists", screen) : []),
  ];
}

function totals({ counts, checked }: AuditScanResult, { columns }: Screen): Line[] {
  if (checked === 0) return [];
  const total = ORDER.reduce((sum, severity) => sum + counts[severity], 0);
  const parts = ORDER.filter((severity) => counts[severity] > 0).map((severity) => `${counts[severity]} ${severity}`);
  const known =
    total === 0
      ? "No known vulnerability"
      : `${count(total, "vulnerability", "vulnerabilities")} known (${parts.join(", ")})`;
  const unimportant = counts.none > 0 ? `, ${counts.none} unimportant` : "";
  const text = `${known}${unimportant} in ${count(checked, "source package")}.`;
  return paragraph(text, { lead: [], tone: total === 0 ? "good" : "strong", columns });
}

/** The rules that refuse, each with how often; of what is no vulnerability, the first in full. */
function refusals(violations: readonly Violation[], { columns }: Screen): Line[] {
  const byRule = new Map<string, Violation[]>();
  for (const each of violations) {
    const place = `${each.rule}, ${each.file}${each.line === undefined ? "" : `:${each.line}`}`;
    byRule.set(place, [...(byRule.get(place) ?? []), each]);
  }
  return [...byRule].flatMap(([place, found]) => {
    const [first] = found;
    const said = first?.ids === undefined ? `: ${first?.message}` : ".";
    const what = first?.ids === undefined ? count(found.length, "package") : `${found.length} of these`;
    return paragraph(`Policy refuses ${what}${said}`, { lead: [bad("! ")], tone: "bad", columns }).concat([
      [dim(`  ${place}`)],
    ]);
  });
}
