import type { Change, Drift, Kind } from "../../schema/model/change.ts";
import type { Plan } from "../../schema/model/plan.ts";
import type { Address } from "../../schema/model/resource.ts";
import { runtimeNamed } from "../../schema/runtimes/names.ts";
import { arrivingKey, type Transition, transition, transitionCell } from "./attributes.ts";
import { gradeOf, originOf } from "./evidence.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, type Line, plain, type Segment, type Tone, warn } from "./segments.ts";
import { type Cell, table, tableWidth } from "./table.ts";
import { afterProvider, providerOf, why } from "./words.ts";

/** One thing that changes, changed or would change, ready to be laid out. */
export interface ChangeRow {
  readonly address: Address;
  /** `+` comes, `-` goes, `~` changes, `!` goes back to an older version. */
  readonly symbol: Segment;
  readonly transition: Transition;
  /** Kind, reason, source, grade: short words, any of them empty. */
  readonly facts: readonly string[];
  /** What the reader must not miss. */
  readonly warning?: string;
}

const SYMBOLS: Readonly<Record<Kind, readonly [string, Tone]>> = {
  install: ["+", "good"],
  upgrade: ["~", "warn"],
  modify: ["~", "warn"],
  reinstall: ["~", "warn"],
  downgrade: ["!", "bad"],
  remove: ["-", "bad"],
  purge: ["-", "bad"],
};

function symbolOf(kind: Kind): Segment {
  const [text, tone] = SYMBOLS[kind];
  return { text, tone };
}

/** The steps of a plan, in its order, with the grades of `verdict`. */
export function stepRows(plan: Plan, verdict = plan.verdict): ChangeRow[] {
  const origin = originOf(plan);
  const grade = gradeOf(verdict);
  return plan.steps.map((step) => ({
    address: step.address,
    symbol: symbolOf(step.kind),
    transition: transition(step.before, step.after),
    facts: [step.kind, why(step.cause, step.because), origin(step), grade(step), arrivingKey(step.before, step.after)],
    ...(step.undo.possible ? {} : { warning: `not reversible: ${step.undo.reason}` }),
  }));
}

/** Differences that no solver has seen yet. */
export function diffRows(changes: readonly Change[]): ChangeRow[] {
  return changes.map((change) => ({
    address: change.address,
    symbol: symbolOf(change.kind),
    transition: transition(change.before, change.after, change.request),
    facts: [
      change.kind,
      why(change.cause),
      change.from === undefined ? "" : `from ${change.from}`,
      arrivingKey(change.before, change.after),
    ],
  }));
}

/** What moved on the machine since the last apply. */
export function driftRows(drift: readonly Drift[]): ChangeRow[] {
  return drift.map((each) => ({
    address: each.address,
    symbol: plain(each.before === null ? "+" : each.after === null ? "-" : "~"),
    transition: transition(each.before, each.after),
    facts: [each.before === null ? "appeared" : each.after === null ? "gone" : "changed"],
  }));
}

const INDENT = 2;
const BELOW = plain("       ");

/**
 * Rows as aligned lines. Where the screen is too narrow, what does not fit goes below its row, so that names and versions
 * stay whole: for single outliers, or for all rows alike where outliers would be the rule.
 */
export function layOut(rows: readonly ChangeRow[], screen: Screen): Line[] {
  const name = namer(rows);
  const oneLine = rows.map((row): Cell[] => [...head(row, name), ...row.facts.map(dim)]);
  const kept = thatFit(oneLine, screen.columns);
  const lines = kept.length * 3 >= rows.length * 2 ? mixed(rows, oneLine, kept, screen) : twoLines(rows, name, screen);
  return rows.flatMap((row, index) => [...(lines[index] ?? []), ...warningLines(row, screen)]);
}

function head(row: ChangeRow, name: (address: Address) => string): Cell[] {
  return [row.symbol, { text: name(row.address), tone: "strong" }, transitionCell(row.transition)];
}

function mixed(
  rows: readonly ChangeRow[],
  oneLine: readonly Cell[][],
  kept: readonly Cell[][],
  screen: Screen,
): Line[][] {
  const aligned = cut(kept, screen);
  const places = new Map(kept.map((cells, place) => [cells, place]));
  return rows.map((row, index) => {
    const cells = oneLine[index] ?? [];
    const place = places.get(cells);
    return place !== undefined ? [aligned[place] ?? []] : [...apart(cells, screen), ...factsBelow(row)];
  });
}

function twoLines(rows: readonly ChangeRow[], name: (address: Address) => string, screen: Screen): Line[][] {
  const heads = rows.map((row) => head(row, name));
  const kept = thatFit(heads, screen.columns);
  const aligned = cut(kept, screen);
  const places = new Map(kept.map((cells, place) => [cells, place]));
  return rows.map((row, index) => {
    const cells = heads[index] ?? [];
    const place = places.get(cells);
    return [...(place !== undefined ? [aligned[place] ?? []] : apart(cells, screen)), ...factsBelow(row)];
  });
}

function cut(rows: readonly (readonly Cell[])[], screen: Screen): Line[] {
  return table(rows, { indent: INDENT, columns: screen.columns, flexible: [1, 2] });
}

/** The rows that can stand in one table: the widest are left out until the rest fits. */
function thatFit(rows: readonly Cell[][], columns: number): readonly Cell[][] {
  if (tableWidth(rows, INDENT) <= columns) return rows;
  const sorted = rows.map((cells) => ({ cells, width: tableWidth([cells], 0) })).sort((a, b) => a.width - b.width);
  const byWidth = sorted.map(({ cells }) => cells);
  let [fits, tooMany] = [0, byWidth.length];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (tableWidth(byWidth.slice(0, middle), INDENT) <= columns) fits = middle;
    else tooMany = middle;
  }
  const kept = new Set(byWidth.slice(0, fits));
  return rows.filter((cells) => kept.has(cells));
}

/** The head of a row outside the table: name and versions on one line, or on two. */
function apart(cells: readonly Cell[], screen: Screen): Line[] {
  const [symbol, name, versions] = cells;
  if (symbol === undefined || name === undefined || versions === undefined) return [];
  if (tableWidth([[symbol, name, versions]], INDENT) <= screen.columns) return cut([[symbol, name, versions]], screen);
  return [
    ...cut([[symbol, name]], screen),
    ...table([[versions]], { indent: BELOW.text.length, columns: screen.columns, flexible: [0] }),
  ];
}

function factsBelow(row: ChangeRow): Line[] {
  const facts = row.facts.filter((fact) => fact !== "").join(" · ");
  return facts === "" ? [] : [[BELOW, dim(facts)]];
}

function warningLines(row: ChangeRow, screen: Screen): Line[] {
  if (row.warning === undefined) return [];
  return paragraph(row.warning, { lead: [plain("     "), warn("! ")], tone: "warn", columns: screen.columns });
}

/** Names as people say them; whole addresses as soon as two providers take part. */
function namer(rows: readonly ChangeRow[]): (address: Address) => string {
  const providers = new Set(rows.map((row) => providerOf(row.address)));
  return (address) => (providers.size > 1 && runtimeNamed(address) === undefined ? address : afterProvider(address));
}
