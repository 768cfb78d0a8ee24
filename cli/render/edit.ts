import type { EditResult, LockEditing } from "../../app/results.ts";
import { transitionCell } from "./attributes.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block, next, notesBlock } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, type Segment, strong, warn } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { afterProvider, count, providerOf } from "./words.ts";

interface Moved {
  readonly address: string;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * What becomes of a lock: its requests, and its pins. `brief`: a plan stands below, which shows what is new anyway, so that only
 * the pins that move are listed.
 */
export function editBlocks(edit: LockEditing, screen: Screen, brief: boolean): Line[] {
  const shown = brief && !screen.verbose ? edit.pins.filter(({ from, to }) => from !== null && to !== null) : edit.pins;
  const pins = shown.map((pin) => [...row(pin, edit), dim(pin.source ?? "")]);
  const requests = edit.requests.map((request) => row(request, edit));
  return [
    [strong(edit.path), dim(` · ${edit.platform}${edit.created ? " · a new lock" : ""}`)],
    ...block("Requests", table(requests, { indent: 2, columns: screen.columns, flexible: [1, 2] })),
    ...block("Pins", [
      ...table(pins, { indent: 2, columns: screen.columns, flexible: [1, 2] }),
      ...(shown.length < edit.pins.length ? [line(dim(`  ${otherPins(edit)}`))] : []),
    ]),
    ...notesBlock(edit.notes, screen),
  ];
}

function row(moved: Moved, edit: LockEditing): Cell[] {
  const { address, from, to } = moved;
  const several = new Set([...edit.requests, ...edit.pins].map((each) => providerOf(each.address))).size > 1;
  return [
    symbol(moved),
    strong(several ? address : afterProvider(address)),
    transitionCell({ before: from ?? "", after: to ?? "" }),
  ];
}

function symbol({ from, to }: Moved): Segment {
  if (from === null) return good("+");
  return to === null ? bad("-") : warn("~");
}

function otherPins({ pins }: LockEditing): string {
  const added = pins.filter(({ from }) => from === null).length;
  const dropped = pins.filter(({ to }) => to === null).length;
  const parts = [added > 0 ? `${added} added` : "", dropped > 0 ? `${dropped} dropped` : ""];
  return `${parts.filter((part) => part !== "").join(", ")} (-v shows them)`;
}

/** The last words about the lock itself; above them, where nobody has seen it yet, what became of it. */
export function editScreen(result: EditResult, screen: Screen, shown: boolean, applied: readonly Line[]): Line[] {
  const changes = result.requests.length + result.pins.length > 0 || result.created;
  const { apply } = result;
  if (apply === undefined) return [...editBlocks(result, screen, false), EMPTY, ...alone(result, changes, screen)];
  const above = shown || !changes || apply.outcome === "declined";
  return [
    ...(above ? [] : [...editBlocks(result, screen, apply.plan.steps.length > 0), EMPTY]),
    ...applied,
    ...(result.written ? [line(good("Written: "), plain(`${result.path}.`))] : []),
  ];
}

function alone(result: EditResult, changes: boolean, screen: Screen): Line[] {
  if (!changes && !result.written) return [line(good("Nothing to do"), ": the lock says so already.")];
  const counts = `${count(result.requests.length, "request")} and ${count(result.pins.length, "pin")} changed`;
  if (!result.written) return paragraph(`${counts}.`, { lead: [strong("Not written: ")], columns: screen.columns });
  return [line(good("Written"), `: ${counts}.`), ...next("omg apply", screen)];
}
