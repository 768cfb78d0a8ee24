import type { ProposeResult } from "../../app/team/propose.ts";
import type { PushResult, PushView } from "../../app/team/push.ts";
import type { LockChange } from "../../schema/files/merge/additions.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, EMPTY, good, type Line, line, plain, type Segment, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

const FEW = 12;

/** What is to be pushed, name by name. */
export function pushQuestion(view: PushView, screen: Screen): Line[] {
  const { branch, waiting, signed } = view;
  const more = waiting === 0 ? "" : `, with ${count(waiting, "commit")} that you made`;
  return [
    line(strong(`omg.lock for ${branch}`), dim(more), ...signature(signed)),
    ...changeLines(view.changes, screen),
    ...leftOut(view, screen),
  ];
}

/** A machine takes nothing that nobody signed. */
function signature(signed: boolean): Segment[] {
  return signed
    ? [dim(", signed")]
    : [warn(", not signed: git has no key here, so the team's machines will refuse it")];
}

const PARTS = [
  ["Added", ({ before }: LockChange) => before === undefined],
  ["Changed", ({ before, after }: LockChange) => before !== undefined && after !== undefined],
  ["Removed", ({ after }: LockChange) => after === undefined],
] as const;

function changeLines(changes: PushView["changes"], screen: Screen): Line[] {
  return PARTS.flatMap(([title, isPart]) => {
    const part = changes.filter(isPart);
    return part.length === 0 ? [] : [line(dim(`  ${title}`)), ...partLines(part, screen)];
  });
}

function partLines(changes: PushView["changes"], { columns, verbose }: Screen): Line[] {
  const ordered = [...changes].sort((a, b) => (a.of === b.of ? 0 : a.of === "request" ? -1 : 1));
  const shown = verbose ? ordered : ordered.slice(0, FEW);
  const rows = shown.map(({ name, before, after, of }): Cell[] => [
    before === undefined ? good("+") : after === undefined ? warn("-") : plain("~"),
    plain(of === "pin" ? `pin ${name}` : name),
    dim(before === undefined ? "" : inShort(before)),
    plain(after === undefined ? "" : inShort(after)),
  ]);
  const rest = ordered.length - shown.length;
  return [
    ...table(rows, { indent: 2, columns, flexible: [1, 2, 3] }),
    ...(rest > 0 ? [line(dim(`  and ${rest} more (-v shows all)`))] : []),
  ];
}

/** Of a pin its version, which is what people know it by. */
function inShort(value: string): string {
  const found: unknown = JSON.parse(value);
  const version = typeof found === "object" && found !== null && "version" in found ? found.version : found;
  return typeof version === "string" ? version : value;
}

function leftOut({ notes }: Pick<PushView, "notes">, { columns }: Screen): Line[] {
  return notes.flatMap((note) => paragraph(`${note}.`.replace(/\.\.$/, "."), { lead: [dim("  Note: ")], columns }));
}

export function pushScreen(result: PushResult, screen: Screen): Line[] {
  const { outcome, commit = "", merged, branch } = result;
  if (outcome === "declined") return [line(warn("Declined"), ": nothing was committed.")];
  if (outcome === "nothing")
    return [
      line(good("Nothing to push"), `: ${branch} has all that is to be taken from here.`),
      ...leftOut(result, screen),
    ];
  if (outcome === "shown")
    return [...pushQuestion(result, screen), EMPTY, line(dim("Nothing was committed: this is a dry run."))];
  const others = merged === 0 ? "" : " Others had pushed meanwhile: theirs comes first.";
  return [
    ...pushQuestion(result, screen),
    EMPTY,
    ...paragraph(`: ${commit.slice(0, 12)} to ${branch}.${others}`, {
      lead: [good("Pushed")],
      columns: screen.columns,
    }),
  ];
}

export function proposeScreen(result: ProposeResult, screen: Screen): Line[] {
  const { outcome, changes, branch = "", text = "" } = result;
  if (outcome === "declined") return [line(warn("Declined"), ": nothing was proposed.")];
  if (outcome === "nothing")
    return [
      line(good("Nothing to propose"), ": the team has all that is to be taken from here."),
      ...leftOut(result, screen),
    ];
  const shown = [...changeLines(changes, screen), ...leftOut(result, screen), EMPTY];
  if (outcome === "shown") return [...shown, line(dim("Nothing was proposed: this is a dry run."))];
  return [
    ...shown,
    ...paragraph(`: the branch ${branch} says`, { lead: [good("Proposed")], columns: screen.columns }),
    ...text
      .trimEnd()
      .split("\n")
      .slice(0, FEW)
      .map((each) => line(dim(`  ${each}`))),
  ];
}
