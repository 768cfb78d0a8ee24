import type { CleanItem, CleanResult } from "../../app/results.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count, size } from "./words.ts";

/** What cleaning took away, or would. */
export function cleanScreen(result: CleanResult, screen: Screen, asked: boolean): Line[] {
  const { outcome } = result;
  if (outcome === "nothing")
    return [
      line(good("Nothing to remove"), ": all that is here is needed."),
      ...keptLines(result),
      ...rest(result, screen),
    ];
  if (outcome === "declined") return [line("Nothing was removed.")];
  const shown = outcome === "shown" || !asked ? [...body(result, screen), EMPTY] : [];
  const what = outcome === "shown" ? `${size(result.bytes)} would be freed.` : `${size(result.bytes)} freed.`;
  const again = outcome === "shown" ? next("the same without --dry-run asks, and does it", screen) : [];
  return [...shown, line(outcome === "shown" ? what : good(what)), ...again, ...rest(result, screen)];
}

/** What would go, above the question. */
export function cleanQuestion(result: CleanResult, screen: Screen): Line[] {
  return [...body(result, screen), EMPTY, line(`${size(result.bytes)} would be freed.`)];
}

function body(result: CleanResult, screen: Screen): Line[] {
  const rows = result.items.map((item): Cell[] => [
    plain(titleOf(item)),
    plain(String(item.count)),
    plain(item.bytes === 0 ? "" : size(item.bytes)),
    dim(whyOf(item)),
  ]);
  return [
    line(strong("To remove")),
    ...table(rows, { indent: 2, columns: screen.columns, flexible: [3] }),
    ...keptLines(result),
  ];
}

function titleOf({ kind, scope }: CleanItem): string {
  const whose = scope === undefined ? "" : `, ${scope}`;
  const titles = {
    generations: "generations",
    objects: "stored files",
    evidence: "evidence",
    unfinished: "unfinished fetches",
    caches: "caches",
  };
  return `${titles[kind]}${whose}`;
}

function whyOf({ kind, scope, generations = [] }: CleanItem): string {
  if (kind === "generations") return named(scope ?? "system", generations);
  if (kind === "objects") return "needed by no kept generation, no open run and no lock";
  if (kind === "evidence") return "what was checked for runs that no kept generation is of; the log keeps its digests";
  return kind === "unfinished" ? "left by fetches that were cut off" : "made again when needed";
}

/** `system:1 to system:4, system:7` */
function named(scope: Scope, numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${scope}:${from}` : `${scope}:${from} to ${scope}:${to}`)).join(", ");
}

function keptLines({ kept }: CleanResult): Line[] {
  const parts = kept
    .filter(({ generations, objects }) => generations.length + objects > 0)
    .map(
      ({ scope, generations, objects, bytes }) =>
        `${generations.length === 0 ? "" : `${named(scope, generations)}, `}${count(objects, "stored file")} (${size(bytes)})`,
    );
  return parts.map((part) => line(dim(`Kept: ${part}`)));
}

function rest({ systemIsRoots }: CleanResult, screen: Screen): Line[] {
  return systemIsRoots ? next("sudo omg clean cleans what is the system's", screen) : [];
}
