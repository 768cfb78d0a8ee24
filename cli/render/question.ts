import type { LockEditing } from "../../app/results.ts";
import type { Plan } from "../../schema/model/plan.ts";
import { editBlocks } from "./edit.ts";
import { countsLine, planBody } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { EMPTY, type Line, type Segment, strong } from "./segments.ts";

/** The plan, with what becomes of the lock above it, and the question whether to do all of it. */
export function planQuestion(
  plan: Plan,
  screen: Screen,
  edit?: LockEditing,
): { readonly above: Line[]; readonly question: Segment } {
  const steps = plan.steps.length;
  const apply = `pply ${steps === 1 ? "this change" : `these ${steps} changes`}`;
  if (edit === undefined)
    return {
      above: [...planBody(plan, screen), EMPTY, ...countsLine(plan, screen)],
      question: strong(`A${apply}? [y/N] `),
    };
  const above = [...editBlocks(edit, screen, steps > 0), EMPTY];
  if (steps === 0) return { above, question: strong("Write this to the lock? [y/N] ") };
  return {
    above: [...above, ...planBody(plan, screen), EMPTY, ...countsLine(plan, screen)],
    question: strong(`Write the lock and a${apply}? [y/N] `),
  };
}
