import type { ApplyResult } from "../../app/results.ts";
import { layOut, stepRows } from "./changes.ts";
import { operationsBlock } from "./operations.ts";
import { paragraph } from "./paragraph.ts";
import { planBody, planCounts } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { block, heading, notesBlock, satisfied, toleratedBlocks, unreadableBlock } from "./sections.ts";
import { dim, EMPTY, good, type Line, line, strong } from "./segments.ts";
import { done } from "./words.ts";

const BESIDES = " beyond the recovery named above";

/** What an apply or a rollback did. `planShown`: the person has just read the plan and agreed to it. */
export function applyScreen(result: ApplyResult, screen: Screen, planShown: boolean): Line[] {
  switch (result.outcome) {
    case "nothing":
      return [
        heading(result.plan.binding.lock, [result.plan.binding.platform]),
        ...aside(result, screen),
        line(good("Nothing to do"), `: ${satisfied(result.plan.diff)}.`),
      ];
    case "declined":
      return [line("Not applied. ", dim("Now: "), `nothing was changed${result.recovered ? BESIDES : ""}.`)];
    case "shown":
      return dryRunScreen(result, screen);
    case "applied":
      return appliedScreen(result, screen, planShown);
  }
}

function aside({ plan }: ApplyResult, screen: Screen): Line[] {
  const lines = unreadableBlock(plan.diff, screen);
  return lines.length === 0 ? [] : [...lines, EMPTY];
}

function dryRunScreen(result: ApplyResult, screen: Screen): Line[] {
  return [
    ...planBody(result.plan, screen),
    ...operationsBlock(result.operations, screen),
    EMPTY,
    ...paragraph(`${planCounts(result.plan)}.`, {
      lead: [strong("Dry run: ")],
      tone: "strong",
      columns: screen.columns,
    }),
    line(dim("Now: "), "nothing was changed."),
  ];
}

function appliedScreen(result: ApplyResult, screen: Screen, planShown: boolean): Line[] {
  const { plan } = result;
  const steps = planShown ? [] : block("Applied", layOut(stepRows(plan, result.verdict), screen));
  const notes = planShown ? [] : notesBlock(plan.notes, screen);
  return [
    ...(planShown ? [] : [heading(plan.binding.lock, [plan.binding.platform, plan.binding.commit?.slice(0, 12)])]),
    ...steps,
    ...notes,
    ...(planShown ? [] : toleratedBlocks(result.verdict, screen)),
    ...(planShown ? [] : unreadableBlock(plan.diff, screen)),
    ...(planShown ? [] : [EMPTY]),
    ...paragraph(`${done(plan.steps.map((step) => step.kind))}; read again, and the machine is as planned.`, {
      lead: [good("Done: ")],
      columns: screen.columns,
    }),
    ...generationLine(result),
    ...notesBlock(result.notes ?? [], screen),
  ];
}

function generationLine(result: ApplyResult): Line[] {
  const entries = Object.entries(result.generations).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return [];
  const names = entries.map(([scope, number]) => `${scope}:${number}`).join(", ");
  return [line(`Generation ${names}. `, dim("Next: "), "omg rollback goes back.")];
}
