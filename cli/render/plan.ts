import type { Plan } from "../../schema/model/plan.ts";
import { layOut, stepRows } from "./changes.ts";
import { bytesOf, hasPending } from "./evidence.ts";
import { knownHoles } from "./known-holes.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import {
  asideBlock,
  block,
  driftBlock,
  heading,
  next,
  notesBlock,
  problemsBlock,
  satisfied,
  toleratedBlocks,
  violationsBlock,
} from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line } from "./segments.ts";
import { count, size, toDo } from "./words.ts";

/** Everything that an apply would do, and everything that keeps it from doing so. */
export function planScreen(plan: Plan, screen: Screen, savedTo?: string): Line[] {
  return [...planBody(plan, screen), EMPTY, ...planSummary(plan, screen, savedTo)];
}

/** The plan without its last words, to stand above a question. */
export function planBody(plan: Plan, screen: Screen): Line[] {
  return [
    heading(plan.binding.lock, [goalOf(plan), plan.binding.platform, plan.binding.commit?.slice(0, 12)]),
    ...driftBlock(plan.diff, screen),
    ...stepsBlock(plan, screen),
    ...asideBlock(plan.diff, screen),
    ...notesBlock(plan.notes, screen),
    ...toleratedBlocks(plan.verdict, screen),
    ...problemsBlock(plan.problems, screen),
    ...knownHoles(plan.verdict, screen),
    ...violationsBlock(plan.verdict, screen),
  ];
}

/** `3 changes: 2 to install, 1 to upgrade · 3.2 MB to fetch.` */
export function countsLine(plan: Plan, screen: Screen): Line[] {
  return paragraph(`${count(plan.steps.length, "change")}: ${planCounts(plan)}.`, {
    lead: [],
    tone: "strong",
    columns: screen.columns,
  });
}

/** `2 to install, 1 to upgrade · 3.2 MB to fetch` */
export function planCounts(plan: Plan): string {
  const bytes = bytesOf(plan);
  return toDo(plan.steps.map((step) => step.kind)) + (bytes > 0 ? ` · ${size(bytes)} to fetch` : "");
}

function goalOf(plan: Plan): string | undefined {
  return plan.goal.type === "generation" ? `back to ${plan.goal.scope}:${plan.goal.number}` : undefined;
}

function stepsBlock(plan: Plan, screen: Screen): Line[] {
  const steps = block("Changes", layOut(stepRows(plan), screen));
  if (steps.length === 0 || !hasPending(plan.verdict)) return steps;
  return [...steps, line(dim("  * once the fetched bytes match what was signed for"))];
}

function planSummary(plan: Plan, screen: Screen, savedTo: string | undefined): Line[] {
  if (plan.problems.length > 0)
    return [line(bad(`${count(plan.problems.length, "problem")}: nothing can be applied.`))];
  const violations = plan.verdict.violations.length;
  if (violations > 0)
    return [line(bad(`Refused by ${count(violations, "violation")} of policy: nothing can be applied.`))];
  if (plan.steps.length === 0) return [line(good("Nothing to do"), `: ${satisfied(plan.diff)}.`)];
  return [...countsLine(plan, screen), ...next(applyHint(plan, savedTo), screen)];
}

function applyHint(plan: Plan, savedTo: string | undefined): string {
  if (savedTo !== undefined) return `omg apply ${savedTo}`;
  return plan.goal.type === "generation" ? `omg rollback ${plan.goal.scope}:${plan.goal.number}` : "omg apply";
}
