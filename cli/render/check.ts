import type { CheckResult } from "../../app/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import {
  asideBlock,
  differencesBlock,
  driftBlock,
  heading,
  interruptedBlock,
  next,
  notesBlock,
  satisfied,
} from "./sections.ts";
import { dim, EMPTY, good, type Line, line, warn } from "./segments.ts";
import { count } from "./words.ts";

/** Whether the machine is as its lock says, and where it is not. */
export function checkScreen(result: CheckResult, screen: Screen): Line[] {
  const { diff } = result;
  return [
    heading(result.lock, [result.lock.path, result.lock.commit?.slice(0, 12)]),
    ...heldLine(result),
    ...driftBlock(diff, screen),
    ...differencesBlock(diff, screen),
    ...interruptedBlock(result.interrupted, screen),
    ...asideBlock(diff, screen),
    ...notesBlock(result.notes, screen),
    EMPTY,
    ...summary(result, screen),
  ];
}

function heldLine(result: CheckResult): Line[] {
  if (result.heldAt === undefined) return [];
  return [line(warn(`Held at generation ${result.heldAt}`), dim(" by a rollback, until the lock changes"))];
}

function summary(result: CheckResult, screen: Screen): Line[] {
  if (result.inSync) return [line(good("In sync"), `: ${satisfied(result.diff)}.`)];
  const { drift, changes, unreadable } = result.diff;
  const parts = [
    changes.length > 0 ? count(changes.length, "difference") : "",
    drift.length > 0 ? `${drift.length} drifted` : "",
    unreadable.length > 0 ? `${unreadable.length} unreadable` : "",
    result.interrupted.length > 0 ? "a run was interrupted" : "",
  ].filter((part) => part !== "");
  return [
    ...paragraph(`${[...parts, satisfied(result.diff)].join(", ")}.`, {
      lead: [warn("Not in sync: ")],
      columns: screen.columns,
    }),
    ...next(result.interrupted.length > 0 ? "omg apply" : "omg plan", screen),
  ];
}
