import type { InfoResult, PackageInfo } from "../../app/answers.ts";
import { lockWord } from "./lock-word.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { size } from "./words.ts";

/** Packages, one below the other. */
export function infoScreen({ packages, unknown }: InfoResult, screen: Screen): Line[] {
  const shown = packages.flatMap((each, index) => [...(index > 0 ? [EMPTY] : []), ...packageLines(each, screen)]);
  const missing = unknown.flatMap(({ message, hint }) =>
    paragraph(`${message} ${hint}`, { lead: [bad("! ")], columns: screen.columns }),
  );
  return [...shown, ...(shown.length > 0 && missing.length > 0 ? [EMPTY] : []), ...missing];
}

function packageLines(info: PackageInfo, screen: Screen): Line[] {
  const facts = factsOf(info, screen.verbose).filter(([, value]) => value !== "");
  const widest = Math.max(...facts.map(([name]) => name.length));
  const description = (info.description ?? "").split("\n").filter((text) => text.trim() !== "");
  return [
    ...paragraph(info.summary, { lead: [strong(info.name), dim(" · ")], tone: "dim", columns: screen.columns }),
    ...facts.flatMap(([name, value]) =>
      paragraph(value, { lead: [dim(`  ${name.padEnd(widest)}  `)], columns: screen.columns }),
    ),
    ...(screen.verbose
      ? block(
          "Description",
          description.flatMap((text) => paragraph(text, { lead: [plain("  ")], columns: screen.columns })),
        )
      : []),
    ...block("Versions", versionLines(info, screen)),
  ];
}

/** Relations that go on for many lines and that few ask about. */
const SELDOM = new Set(["Breaks", "Conflicts", "Replaces", "Enhances"]);

function factsOf(info: PackageInfo, all: boolean): (readonly [name: string, value: string])[] {
  const { lock, verified } = info;
  const shown = info.relations.filter(({ kind }) => all || !SELDOM.has(kind));
  const relations = shown.map(({ kind, text }) => [kind, text] as const);
  return [
    ["Installed", installed(info)],
    ["Candidate", info.candidate ?? ""],
    ["Lock", lock === undefined ? "" : lockWord(lock)],
    ["Owned by omg", info.ownedBy === undefined ? "" : `for ${info.ownedBy}`],
    ["Verified", verified === undefined ? "" : `${verified.grade}: ${verified.evidence.map(told).join(", ")}`],
    ["Vulnerable", info.vulnerabilities === undefined ? "" : holes(info.vulnerabilities, all)],
    ["Provided by", info.providers.join(", ")],
    ["Section", info.section],
    ["Size", info.size === undefined ? "" : size(info.size)],
    ["Download", info.download === undefined ? "" : size(info.download)],
    ["Homepage", info.homepage ?? ""],
    ...relations,
  ];
}

function installed({ installed: version, requested, held }: PackageInfo): string {
  if (version === undefined) return "no";
  return [version, requested === true ? "asked for by name" : "came along", held === true ? "held" : ""]
    .filter((word) => word !== "")
    .join(", ");
}

const HOLES = 3;

/** Without what the distribution calls unimportant, unless everything is asked for. */
function holes({ known, date }: NonNullable<PackageInfo["vulnerabilities"]>, all: boolean): string {
  const by = `by a list of ${date.slice(0, 10)}`;
  const counted = known.filter(({ severity }) => all || severity !== "none");
  if (counted.length === 0) return `nothing is known, ${by}`;
  const named = counted.slice(0, all ? counted.length : HOLES).map(({ id, severity, fixed }) => {
    const rated = severity === "unknown" ? "of unknown severity" : severity;
    return `${id} (${rated}, ${fixed === undefined ? "no fix yet" : `fixed in ${fixed}`})`;
  });
  const rest = counted.length - named.length;
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}, ${by}`;
}

function told({ check, verdict }: { readonly check: string; readonly verdict: string }): string {
  return `${check} ${verdict}`;
}

function versionLines({ versions }: PackageInfo, screen: Screen): Line[] {
  const rows = versions.flatMap(({ version, priority, installed: here, origins, phased }): Cell[][] => {
    const first = [good(here ? "*" : " "), plain(version), plain(String(priority))];
    const notes = phased === undefined ? "" : `handed out to ${phased} % of machines`;
    if (origins.length === 0) return [[...first, dim("installed only"), dim(""), dim("")]];
    return origins.map(({ source, suite, security }, index) => [
      ...(index === 0 ? first : [plain(""), plain(""), plain("")]),
      plain(source),
      dim(suite),
      dim([security ? "security" : "", notes].filter((word) => word !== "").join(", ")),
    ]);
  });
  return table(rows, { indent: 2, columns: screen.columns, flexible: [1, 3, 4, 5] });
}
