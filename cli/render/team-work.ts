import type { ProposeResult } from "../../app/team/propose.ts";
import type { PushResult, PushView } from "../../app/team/push.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, EMPTY, good, type Line, line, plain, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

const FEW = 12;

/** What is to be committed, name by name. */
export function pushQuestion(view: PushView, screen: Screen): Line[] {
  const { branch, waiting, signed } = view;
  const more = waiting === 0 ? "" : `, after ${count(waiting, "commit")} that you made`;
  return [
    line(strong(`omg.lock for ${branch}`), dim(`${more}, ${signed ? "signed" : "not signed: git has no key"}`)),
    ...changeLines(view.changes, screen),
  ];
}

function changeLines(changes: PushView["changes"], { columns, verbose }: Screen): Line[] {
  const ordered = [...changes].sort((a, b) => (a.of === b.of ? 0 : a.of === "request" ? -1 : 1));
  const shown = verbose ? ordered : ordered.slice(0, FEW);
  const rows = shown.map(({ name, before, after, of }): Cell[] => [
    before === undefined ? good("+") : after === undefined ? warn("-") : plain("~"),
    plain(of === "pin" ? `pin ${name}` : name),
    dim(before ?? ""),
    plain(after ?? ""),
  ]);
  const rest = ordered.length - shown.length;
  return [
    ...table(rows, { indent: 2, columns, flexible: [1, 2, 3] }),
    ...(rest > 0 ? [line(dim(`  and ${rest} more (-v shows all)`))] : []),
  ];
}

export function pushScreen(result: PushResult, screen: Screen): Line[] {
  const { outcome, commit = "", merged, branch } = result;
  if (outcome === "declined") return [line(warn("Declined"), ": nothing was committed.")];
  if (outcome === "nothing") return [line(good("Nothing to push"), `: ${branch} has all that is here.`)];
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

export function proposeScreen({ outcome, changes, branch = "", text = "" }: ProposeResult, screen: Screen): Line[] {
  if (outcome === "declined") return [line(warn("Declined"), ": nothing was proposed.")];
  if (outcome === "nothing") return [line(good("Nothing to propose"), ": the team has all that is here.")];
  return [
    ...changeLines(changes, screen),
    EMPTY,
    ...paragraph(`: the branch ${branch} says`, { lead: [good("Proposed")], columns: screen.columns }),
    ...text
      .trimEnd()
      .split("\n")
      .slice(0, FEW)
      .map((each) => line(dim(`  ${each}`))),
  ];
}
