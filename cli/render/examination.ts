import type { Examination } from "../../app/examination.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block } from "./sections.ts";
import { dim, EMPTY, type Line, line, plain, strong, type Tone } from "./segments.ts";

type Verdict = Evidence["verdict"] | "not-reached";

const MARKS: Readonly<Record<Verdict, readonly [mark: string, tone: Tone]>> = {
  pass: ["ok", "good"],
  fail: ["no", "bad"],
  unknown: ["?", "warn"],
  absent: ["-", "dim"],
  pending: ["-", "dim"],
  "not-reached": ["-", "dim"],
};

interface Row {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

/** Every check of one file, and what they add up to. */
export function verifyScreen(result: Examination, screen: Screen): Line[] {
  const { evidence, grade } = result;
  const rows = evidence.map(({ check, verdict, detail }) => ({ name: check, verdict, detail }));
  const tone: Tone = grade === "risk" ? "bad" : grade === "community" ? "warn" : "good";
  const showsBuild = evidence.some(({ check, verdict }) => check === "provenance" && verdict !== "absent");
  return [
    ...heading(result, screen),
    EMPTY,
    ...rowLines(rows, screen),
    ...(showsBuild ? block("Provenance", rowLines(result.provenance, screen)) : []),
    ...violationLines(result, screen),
    EMPTY,
    line("Grade: ", { text: grade, tone }),
  ];
}

/** Every check of one artifact's provenance, and what it says. */
export function slsaScreen(result: Examination, screen: Screen): Line[] {
  const piece = result.evidence.find(({ check }) => check === "provenance");
  return [
    ...heading(result, screen),
    EMPTY,
    ...rowLines(result.provenance, screen),
    ...(piece?.verdict === "pass" ? block("Built", rowsOfFacts(piece.facts, screen)) : []),
    ...violationLines(result, screen),
  ];
}

function heading({ subject }: Examination, screen: Screen): Line[] {
  const { name, version, arch, origin, path, sha256 } = subject;
  const about = version === undefined ? "" : ` ${version} (${arch}) from ${origin}`;
  return [
    line(strong(name), about),
    ...(path === undefined ? [] : paragraph(path, { lead: [dim("  file    ")], columns: screen.columns })),
    ...paragraph(sha256, { lead: [dim("  SHA-256 ")], columns: screen.columns }),
  ];
}

function rowLines(rows: readonly Row[], screen: Screen): Line[] {
  const widest = Math.max(...rows.map(({ name }) => name.length));
  return rows.flatMap(({ name, verdict, detail }) => {
    const [mark, tone] = MARKS[verdict];
    const lead = [{ text: `  ${mark.padEnd(2)}  `, tone }, plain(name.padEnd(widest)), plain("  ")];
    const quiet = verdict === "pass" || verdict === "not-reached";
    const text = verdict === "not-reached" ? "not reached" : detail;
    return paragraph(text, { lead, columns: screen.columns, ...(quiet ? { tone: "dim" as const } : {}) });
  });
}

const SHOWN = {
  level: "SLSA level",
  builder: "builder",
  repository: "repository",
  ref: "branch or tag",
  commit: "commit",
  workflow: "workflow",
  runner: "runner",
  issuer: "identity by",
} as const;

function rowsOfFacts(facts: Evidence["facts"], screen: Screen): Line[] {
  const rows = Object.entries(SHOWN).flatMap(([key, name]) => (facts[key] === undefined ? [] : [[name, facts[key]]]));
  return rows.flatMap(([name = "", value = ""]) =>
    paragraph(value, { lead: [dim(`  ${name.padEnd(13)}  `)], columns: screen.columns }),
  );
}

function violationLines({ violations }: Examination, screen: Screen): Line[] {
  if (violations.length === 0) return [];
  return block(
    "Policy would refuse it",
    violations.flatMap(({ rule, file, line: at, message, remedy }) => [
      ...paragraph(message, { lead: [plain("  ")], columns: screen.columns }),
      ...paragraph(`${rule}, ${file}${at === undefined ? "" : `:${at}`}`, {
        lead: [plain("    ")],
        columns: screen.columns,
        tone: "dim",
      }),
      ...paragraph(remedy, { lead: [plain("    ")], columns: screen.columns }),
    ]),
  );
}
