import type { HistoryEntry, HistoryResult } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, minute } from "./words.ts";

/** Generations, newest first, and whether the log is whole. */
export function historyScreen(result: HistoryResult, screen: Screen): Line[] {
  const { entries } = result;
  const list =
    entries.length === 0 ? [line("No generation yet: the first apply makes one.")] : entriesTable(entries, screen);
  const log = logLines(result, screen);
  return [
    ...list,
    ...(log.length > 0 ? [EMPTY, ...log] : []),
    ...(entries.length > 1 ? next("omg rollback GENERATION goes back to one of these", screen) : []),
  ];
}

function entriesTable(entries: readonly HistoryEntry[], screen: Screen): Line[] {
  const locks = new Set(entries.map((entry) => entry.lock.name));
  const header: Cell[] = [
    "",
    "GENERATION",
    "TIME (UTC)",
    "CAUSE",
    "CHANGES",
    "INSTALLED",
    locks.size > 1 ? "LOCK" : "",
  ].map(dim);
  const rows = entries.map((entry): Cell[] => [
    good(entry.current ? "*" : " "),
    strong(entry.id),
    plain(minute(entry.time)),
    plain(entry.cause),
    plain(changes(entry)),
    plain(String(entry.packages)),
    dim(locks.size > 1 ? entry.lock.name : ""),
  ]);
  return table([header, ...rows], { indent: 0, columns: screen.columns, flexible: [4, 6] });
}

function changes(entry: HistoryEntry): string {
  const counts = Object.entries(entry.changes).filter(([, n]) => n > 0);
  return counts.length === 0 ? "none" : counts.map(([kind, n]) => `${n} ${kind}`).join(", ");
}

function logLines(result: HistoryResult, screen: Screen): Line[] {
  return Object.entries(result.log).flatMap(([scope, log]) =>
    log.broken === undefined
      ? [line(dim(`Log of ${scope}: `), `${count(log.entries, "entry", "entries")}, `, good("whole"))]
      : paragraph(log.broken, { lead: [dim(`Log of ${scope}: `), bad("broken: ")], columns: screen.columns }),
  );
}
