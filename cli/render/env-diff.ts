import type { EnvDifference, EnvDiffResult } from "../../app/results.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

/** Entries that differ: what was asked for, what that was pinned to, and what is here. */
export function envDiffScreen(result: EnvDiffResult, screen: Screen): Line[] {
  const { lock, differences, ahead, satisfied } = result;
  const kept = `${count(satisfied, "entry", "entries")} of the lock as wanted`;
  const heading = line(strong(lock.name), dim(` · ${lock.platform}`));
  const all = [...differences, ...ahead];
  const rows = all.length === 0 ? [] : [EMPTY, ...rowsOf(all, screen), EMPTY];
  if (differences.length === 0) return [heading, ...rows, line(good("Nothing differs"), `: ${kept}.`)];
  return [heading, ...rows, line(`${count(differences.length, "difference")}, ${kept}.`), ...next("omg plan", screen)];
}

function rowsOf(all: readonly EnvDifference[], screen: Screen): Line[] {
  const header: Cell[] = ["ENTRY", "LOCK", "PINNED", "INSTALLED", ""].map(dim);
  const rows = all.map((each): Cell[] => [
    strong(each.address),
    plain(each.lock ?? "-"),
    plain(each.pinned ?? "-"),
    plain(each.installed ?? "-"),
    dim(each.kind),
  ]);
  return table([header, ...rows], { indent: 0, columns: screen.columns, flexible: [0, 2, 3] });
}
