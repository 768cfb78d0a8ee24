import type { LockResult } from "../../app/results.ts";
import { transitionCell } from "./attributes.ts";
import type { Screen } from "./screen.ts";
import { block, next, notesBlock } from "./sections.ts";
import { bad, EMPTY, good, type Line, line, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";

/** What `omg lock` changed among the pins of this platform. */
export function lockScreen(result: LockResult, screen: Screen): Line[] {
  const rows = pinRows(result);
  const counts = `${result.added.length} added, ${result.changed.length} changed, ${result.removed.length} removed`;
  return [
    line(strong(result.path), ` · pins of ${result.platform}`),
    ...block("Pins", table(rows, { indent: 2, columns: screen.columns, flexible: [1, 2] })),
    ...notesBlock(result.notes, screen),
    EMPTY,
    ...summary(result, rows.length, counts, screen),
  ];
}

function summary(result: LockResult, changes: number, counts: string, screen: Screen): Line[] {
  if (changes === 0) return [line(good("Nothing to do"), ": every request is pinned already.")];
  if (!result.written) return [line(strong("Not written"), `: ${counts}.`)];
  return [line(good("Written"), `: ${counts}.`), ...next("omg plan", screen)];
}

function pinRows(result: LockResult): Cell[][] {
  const none: Cell = { text: "", tone: "plain" };
  return [
    ...result.added.map((name): Cell[] => [good("+"), strong(name), none]),
    ...result.changed.map((each): Cell[] => [
      warn("~"),
      strong(each.name),
      transitionCell({ before: each.from, after: each.to }),
    ]),
    ...result.removed.map((name): Cell[] => [bad("-"), strong(name), none]),
  ];
}
