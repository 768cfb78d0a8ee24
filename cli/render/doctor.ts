import type { DoctorResult } from "../../app/results.ts";
import type { Finding, Remedy } from "../../schema/model/finding.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, plain, type Tone } from "./segments.ts";
import { count } from "./words.ts";

const TONES: Readonly<Record<Finding["level"], Tone>> = { ok: "good", warn: "warn", bad: "bad" };

const MENDED: Readonly<Record<Remedy, string>> = {
  modes: "omg's folders",
  setup: "the part that root runs",
  recover: "the interrupted apply",
  repair: "the packages that were half done",
  refresh: "the package lists",
};

/** Every finding with what to do about it. */
export function doctorScreen(result: DoctorResult, screen: Screen): Line[] {
  const { findings, mended, notMended } = result;
  const widest = Math.max(...findings.map(({ check }) => check.length));
  const fixable = findings.some(({ level, remedy }) => level !== "ok" && remedy !== undefined);
  return [
    ...findings.flatMap((finding) => findingLines(finding, widest, screen)),
    EMPTY,
    ...mended.map((remedy) => line(good("Mended: "), MENDED[remedy])),
    ...notMended.flatMap(({ remedy, reason }) =>
      paragraph(reason, { lead: [{ text: `Not mended: ${MENDED[remedy]}: `, tone: "bad" }], columns: screen.columns }),
    ),
    summary(findings),
    ...(fixable && mended.length + notMended.length === 0
      ? next("omg doctor --fix mends what can be mended", screen)
      : []),
  ];
}

function findingLines({ check, level, found, next: then }: Finding, widest: number, screen: Screen): Line[] {
  const lead = [{ text: level.padEnd(4), tone: TONES[level] }, plain(`  ${check.padEnd(widest)}  `)];
  const indent = plain(" ".repeat(widest + 8));
  return [
    ...paragraph(found, { lead, columns: screen.columns }),
    ...(then === undefined || level === "ok"
      ? []
      : paragraph(then, { lead: [indent, dim("Next: ")], columns: screen.columns })),
  ];
}

function summary(findings: readonly Finding[]): Line {
  const of = (level: Finding["level"]) => findings.filter((each) => each.level === level).length;
  if (of("bad") + of("warn") === 0) return line(good("Healthy"), `: ${count(findings.length, "check")}.`);
  return line(`${of("bad")} bad, ${count(of("warn"), "warning")}, ${of("ok")} in order.`);
}
