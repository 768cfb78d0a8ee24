import type { Verdict, Violation, Waived } from "../../schema/model/artifact.ts";
import type { Diff } from "../../schema/model/change.ts";
import type { LockIdentity } from "../../schema/model/desired.ts";
import type { Problem } from "../../schema/model/transaction.ts";
import { diffRows, driftRows, layOut } from "./changes.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, EMPTY, type Line, line, plain, type Segment, strong, type Tone, warn } from "./segments.ts";
import { count } from "./words.ts";

/** Parts that several screens have. Each gives no lines at all where there is nothing to say. */

/** `web-team · debian-12-amd64 · 3f2a91c` */
export function heading(lock: LockIdentity, facts: readonly (string | undefined)[]): Line {
  const rest = facts.filter((fact) => fact !== undefined && fact !== "");
  return line(strong(lock.name), dim(rest.map((fact) => ` · ${fact}`).join("")));
}

/** A titled block after an empty line. */
export function block(title: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [EMPTY, line(strong(title)), ...lines];
}

export function driftBlock(diff: Diff, screen: Screen): Line[] {
  return block("Drift: moved on this machine since the last apply", layOut(driftRows(diff.drift), screen));
}

export function differencesBlock(diff: Diff, screen: Screen): Line[] {
  return block("To make this machine as the lock wants it", layOut(diffRows(diff.changes), screen));
}

export function problemsBlock(problems: readonly Problem[], screen: Screen): Line[] {
  return block(
    "This cannot be done",
    problems.flatMap((problem) => [
      ...paragraph(problem.message, { lead: [bad("  ! "), strong(`${problem.address}  `)], columns: screen.columns }),
      ...paragraph(problem.hint, { lead: [plain("    "), dim("Next: ")], columns: screen.columns }),
    ]),
  );
}

export function violationsBlock(verdict: Pick<Verdict, "violations">, screen: Screen): Line[] {
  return block(
    "Refused by policy",
    verdict.violations.flatMap((violation) => brokenRule(violation, bad("  ! "), screen)),
  );
}

/** What a rule has against it and lets through all the same: because it only warns, or because somebody waived it. */
export function toleratedBlocks({ warnings, waived }: Pick<Verdict, "warnings" | "waived">, screen: Screen): Line[] {
  return [
    ...block(
      "Warned by policy",
      warnings.flatMap((warning) => brokenRule(warning, warn("  ~ "), screen)),
    ),
    ...block(
      "Waived",
      waived.flatMap((each) => waivedLines(each, screen)),
    ),
  ];
}

function brokenRule(violation: Violation, mark: Segment, screen: Screen): Line[] {
  return [
    ...paragraph(violation.message, { lead: [mark, strong(`${violation.address}  `)], columns: screen.columns }),
    ruleLine(violation),
    ...paragraph(violation.remedy, { lead: [plain("    "), dim("Next: ")], columns: screen.columns }),
  ];
}

function waivedLines({ violation, waiver, file, line: at }: Waived, screen: Screen): Line[] {
  const { columns } = screen;
  const place = `${file}${at === undefined ? "" : `:${at}`}`;
  const said = `until ${waiver.expires} by ${waiver.owner} (${place}): ${waiver.reason}`;
  return [
    ...paragraph(violation.message, { lead: [warn("  ~ "), strong(`${violation.address}  `)], columns }),
    ruleLine(violation),
    ...paragraph(said, { lead: [plain("    "), dim("Waived: ")], columns }),
  ];
}

function ruleLine({ rule, file, line: at }: Violation): Line {
  return line(dim("    Rule: "), rule, dim(` (${file}${at === undefined ? "" : `:${at}`})`));
}

/** What is not as the lock has it and is left alone, and what nobody can be sure of. */
export function asideBlock(diff: Diff, screen: Screen): Line[] {
  const ahead = diff.ahead.map((each) => `${each.address} ${each.installed} (pinned: ${each.pinned})`);
  return [
    ...block("Left alone", [
      ...listed(ahead, "newer than pinned (`omg update` takes them up)", "dim", screen),
      ...listed(diff.unmanaged, "asked for here and not in the lock", "dim", screen),
      ...listed(diff.foreign, "from no configured source", "dim", screen),
    ]),
    ...block("To look at", [
      ...unreadable(diff, screen),
      ...listed(diff.unpinned, "without a pin for this platform (`omg lock` writes it)", "warn", screen),
    ]),
  ];
}

/** What nobody can be sure of, where nothing else is said of the machine. */
export function unreadableBlock(diff: Diff, screen: Screen): Line[] {
  return block("To look at", unreadable(diff, screen));
}

function unreadable(diff: Diff, screen: Screen): Line[] {
  const entries = diff.unreadable.map((each) => `${each.address}: ${each.reason}`);
  return listed(entries, "could not be read; nothing is concluded from it", "bad", screen);
}

const FEW = 5;

function listed(entries: readonly string[], what: string, tone: Tone, screen: Screen): Line[] {
  if (entries.length === 0) return [];
  const shown = screen.verbose ? entries : entries.slice(0, FEW);
  const rest = entries.length - shown.length;
  const text = `${shown.join(", ")}${rest > 0 ? `, and ${rest} more (-v shows all)` : ""}`;
  const lead = [plain("  "), { text: `${entries.length} ${what}: `, tone }];
  return hanging(text, lead, screen);
}

/** A long lead would leave no room beside it: the text goes below. */
function hanging(text: string, lead: Line, screen: Screen): Line[] {
  const leadWidth = lead.reduce((sum, segment) => sum + segment.text.length, 0);
  if (leadWidth + text.length <= screen.columns) return [[...lead, plain(text)]];
  return [lead, ...paragraph(text, { lead: [plain("      ")], columns: screen.columns })];
}

export function notesBlock(notes: readonly string[], screen: Screen): Line[] {
  return block(
    notes.length === 1 ? "Note" : "Notes",
    [...new Set(notes)].flatMap((note) => paragraph(note, { lead: [dim("  · ")], columns: screen.columns })),
  );
}

export function interruptedBlock(interrupted: readonly string[], screen: Screen): Line[] {
  return block("Left half done", [
    ...interrupted.flatMap((each) => paragraph(each, { lead: [warn("  ! ")], columns: screen.columns })),
  ]);
}

/** `412 in the lock as wanted` */
export function satisfied(diff: Diff): string {
  return `${count(diff.satisfied, "entry", "entries")} of the lock as wanted`;
}

/** What to do next, as the last line of a screen. */
export function next(text: string, screen: Screen): Line[] {
  return paragraph(text, { lead: [dim("Next: ")], columns: screen.columns });
}
