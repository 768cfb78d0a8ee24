import type { AuditScanResult, ScannedPackage } from "../../app/audit-results.ts";
import type { Severity } from "../../schema/model/vulnerability.ts";
import { scanSummary } from "./audit-summary.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong, type Tone, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";

type Found = ScannedPackage["vulnerabilities"][number];

const TONES: Readonly<Record<Severity, Tone>> = {
  none: "dim",
  low: "plain",
  medium: "warn",
  high: "bad",
  critical: "bad",
  unknown: "warn",
};
/** Of one package, where not everything is asked for. */
const SHOWN = 5;
const NAMED = 6;

/** What has known vulnerabilities, the worst first, and what could not be found out. */
export function scanScreen(result: AuditScanResult, screen: Screen): Line[] {
  const shown = result.packages
    .map((each) => ({ each, rows: visible(each, screen) }))
    .filter(({ rows }) => rows.length > 0);
  const lines = table(
    shown.flatMap(({ rows }) => rows.map(rowOf)),
    { indent: 2, columns: screen.columns, flexible: [2, 3] },
  );
  let at = 0;
  const blocks = shown.flatMap(({ each, rows }) => {
    const own = lines.slice(at, at + rows.length);
    at += rows.length;
    return [...titleOf(each, screen), ...own, ...hiddenLine(each, rows), EMPTY];
  });
  return [...blocks, ...unknownLines(result, screen), ...scanSummary(result, screen)];
}

/** Everything that policy refuses, and otherwise the worst few. */
function visible({ vulnerabilities }: ScannedPackage, { verbose }: Screen): readonly Found[] {
  if (verbose) return vulnerabilities;
  const refused = vulnerabilities.filter((each) => each.refused);
  return vulnerabilities.filter(counts).slice(0, Math.max(SHOWN, refused.length));
}

function counts({ severity, refused }: Found): boolean {
  return severity !== "none" || refused;
}

function titleOf({ source, version, packages, update }: ScannedPackage, screen: Screen): Line[] {
  const offered = update === undefined ? [] : [dim(" · "), good(`${update} is offered`)];
  const head = line(strong(source), plain(` ${version}`), ...offered);
  const others = packages.filter((name) => name !== source);
  if (others.length === 0) return [head];
  return [head, ...paragraph(some(others, screen), { lead: [plain("  ")], tone: "dim", columns: screen.columns })];
}

function rowOf({ id, severity, score, fixed, urgency, refused, unclear }: Found): Cell[] {
  const own = urgency === severity || urgency === "not yet assigned" ? undefined : urgency;
  const notes = [
    ...(refused ? ["refused by policy"] : []),
    ...(own === undefined ? [] : [`urgency ${own}`]),
    ...(unclear === undefined ? [] : ["its entry cannot be read for this version"]),
  ].join(", ");
  return [
    { text: score === undefined ? severity : `${severity} ${score.toFixed(1)}`, tone: TONES[severity] },
    plain(id),
    fixed === undefined ? dim("no fix yet") : plain(`fixed in ${fixed}`),
    refused ? bad(notes) : dim(notes),
  ];
}

function hiddenLine({ vulnerabilities }: ScannedPackage, shown: readonly Found[]): Line[] {
  const rest = vulnerabilities.filter(counts).length - shown.length;
  return rest > 0 ? [line(dim(`  and ${rest} more (-v)`))] : [];
}

function unknownLines({ unknown }: AuditScanResult, screen: Screen): Line[] {
  return unknown.flatMap(({ code, detail, packages }) => {
    const isUsual = code === "no-ecosystem";
    return paragraph(`${detail} ${some(packages, screen)}`, {
      lead: [isUsual ? dim("Not known: ") : warn("Not known: ")],
      tone: isUsual ? "dim" : "plain",
      columns: screen.columns,
    });
  });
}

function some(names: readonly string[], { verbose }: Screen): string {
  const rest = verbose ? 0 : Math.max(0, names.length - NAMED);
  return names.slice(0, names.length - rest).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
