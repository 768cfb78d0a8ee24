import type { AuditScanResult, AuditUpdateResult, ScannedPackage } from "../../app/audit-results.ts";
import type { Severity } from "../../schema/model/vulnerability.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong, type Tone, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { ago, count, size } from "./words.ts";

const TONES: Readonly<Record<Severity, Tone>> = {
  none: "dim",
  low: "plain",
  medium: "warn",
  high: "bad",
  critical: "bad",
  unknown: "warn",
};
const ORDER: readonly Severity[] = ["critical", "high", "medium", "low", "unknown"];
/** Of one package, where not everything is asked for. */
const SHOWN = 5;
const NAMED = 6;

/** What has known vulnerabilities, the worst first, and what could not be found out. */
export function scanScreen(result: AuditScanResult, screen: Screen): Line[] {
  const packages = result.packages
    .map((each) => visible(each, screen))
    .filter((each) => each.vulnerabilities.length > 0);
  const rows = packages.flatMap(({ vulnerabilities }) => vulnerabilities.map(rowOf));
  const lines = table(rows, { indent: 2, columns: screen.columns, flexible: [2, 3] });
  let at = 0;
  const blocks = packages.flatMap((each) => {
    const own = lines.slice(at, at + each.vulnerabilities.length);
    at += own.length;
    return [...titleOf(each, screen), ...own, ...hiddenOf(each, result), EMPTY];
  });
  return [...blocks, ...unknownLines(result, screen), ...summary(result, screen)];
}

function visible(each: ScannedPackage, { verbose }: Screen): ScannedPackage {
  if (verbose) return each;
  const counted = each.vulnerabilities.filter(({ severity, refused }) => severity !== "none" || refused);
  const refused = counted.filter((one) => one.refused);
  return { ...each, vulnerabilities: counted.slice(0, Math.max(SHOWN, refused.length)) };
}

function titleOf({ source, version, packages, update }: ScannedPackage, screen: Screen): Line[] {
  const others = packages.filter((name) => name !== source);
  const offered = update === undefined ? [] : [dim(" · "), good(`${update} is offered`)];
  const head = line(strong(source), plain(` ${version}`), ...offered);
  if (others.length === 0) return [head];
  const more = others.length > NAMED && !screen.verbose ? ` and ${others.length - NAMED} more` : "";
  const named = (screen.verbose ? others : others.slice(0, NAMED)).join(", ");
  return [head, ...paragraph(`${named}${more}`, { lead: [plain("  ")], tone: "dim", columns: screen.columns })];
}

function rowOf({
  id,
  severity,
  score,
  fixed,
  urgency,
  refused,
  unclear,
}: ScannedPackage["vulnerabilities"][number]): Cell[] {
  const notes = [
    refused ? "refused by policy" : "",
    urgency === undefined || urgency === "not yet assigned" ? "" : urgency,
    unclear === undefined ? "" : "its list could not be read",
  ];
  return [
    { text: `${severity}${score === undefined ? "" : ` ${score.toFixed(1)}`}`, tone: TONES[severity] },
    plain(id),
    fixed === undefined ? dim("no fix yet") : plain(`fixed in ${fixed}`),
    refused ? bad(joined(notes)) : dim(joined(notes)),
  ];
}

function joined(words: readonly string[]): string {
  return words.filter((word) => word !== "").join(", ");
}

function hiddenOf(shown: ScannedPackage, { packages }: AuditScanResult): Line[] {
  const all = packages.find(
    ({ source, provider, version }) =>
      source === shown.source && provider === shown.provider && version === shown.version,
  );
  const counted = all?.vulnerabilities.filter(({ severity }) => severity !== "none").length ?? 0;
  const rest = counted - shown.vulnerabilities.length;
  return rest > 0 ? [line(dim(`  and ${rest} more (-v)`))] : [];
}

function unknownLines({ unknown }: AuditScanResult, screen: Screen): Line[] {
  return unknown.flatMap(({ code, detail, packages }) => {
    const lead = [code === "no-ecosystem" ? dim("Not known  ") : warn("Not known  ")];
    const names =
      packages.slice(0, NAMED).join(", ") + (packages.length > NAMED ? ` and ${packages.length - NAMED} more` : "");
    return paragraph(`${detail} ${names}`, {
      lead,
      columns: screen.columns,
      tone: code === "no-ecosystem" ? "dim" : "plain",
    });
  });
}

function summary(result: AuditScanResult, screen: Screen): Line[] {
  const { counts, checked, lists, violations, unknown } = result;
  const total = ORDER.reduce((sum, severity) => sum + counts[severity], 0);
  const parts = ORDER.filter((severity) => counts[severity] > 0).map((severity) => `${counts[severity]} ${severity}`);
  const known =
    total === 0
      ? "No known vulnerability"
      : `${count(total, "vulnerability", "vulnerabilities")} known (${parts.join(", ")})`;
  const unimportant = counts.none > 0 ? `, ${counts.none} unimportant` : "";
  const tone = total === 0 && checked > 0 ? "good" : "strong";
  const first =
    checked === 0
      ? []
      : paragraph(`${known}${unimportant} in ${count(checked, "source package")}.`, {
          lead: [],
          tone,
          columns: screen.columns,
        });
  const aged = lists.flatMap(({ from, date }) =>
    paragraph(`By ${from}, of ${date.slice(0, 10)} (${ago(date, screen.now)}).`, {
      lead: [],
      tone: "dim",
      columns: screen.columns,
    }),
  );
  const refused =
    violations.length === 0 ? [] : [line(bad(`Policy refuses ${count(violations.length, "finding")} of these.`))];
  const rules =
    screen.verbose || violations.some(({ ids }) => ids === undefined)
      ? violations.filter(({ ids }) => ids === undefined || screen.verbose)
      : [];
  const said = rules.slice(0, screen.verbose ? rules.length : 1).flatMap(({ message, rule, file, line: at }) =>
    paragraph(`${message} [${rule}, ${file}${at === undefined ? "" : `:${at}`}]`, {
      lead: [bad("  ! ")],
      columns: screen.columns,
    }),
  );
  const missing = unknown.some(({ code }) => code === "no-database");
  return [
    ...first,
    ...aged,
    ...refused,
    ...said,
    ...(missing ? next("omg audit update fetches the lists", screen) : []),
  ];
}

/** What was fetched. */
export function updateScreen({ lists, folder }: AuditUpdateResult, screen: Screen): Line[] {
  const lines = lists.flatMap(({ ecosystem, outcome, records, unreadable, date, bytes, from }) => [
    line(
      good(outcome === "updated" ? "Updated" : "Unchanged"),
      ` ${ecosystem}: ${count(records, "record")} of ${date.slice(0, 10)} (${ago(date, screen.now)}), ${size(bytes)}`,
    ),
    line(dim(`  from ${from}`)),
    ...(unreadable > 0
      ? [
          line(
            warn(`  ${count(unreadable, "record")} could not be read and ${unreadable === 1 ? "is" : "are"} not in it`),
          ),
        ]
      : []),
  ]);
  return [...lines, line(dim(`  in ${folder}`))];
}
