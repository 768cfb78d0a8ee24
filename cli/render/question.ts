import type { Plan } from "../../schema/model/plan.ts";
import { countsLine, planBody } from "./plan.ts";
import type { Screen } from "./screen.ts";
import { EMPTY, type Line, type Segment, strong } from "./segments.ts";

/** The plan, and the question whether to apply it. */
export function planQuestion(plan: Plan, screen: Screen): { readonly above: Line[]; readonly question: Segment } {
  const steps = plan.steps.length;
  return {
    above: [...planBody(plan, screen), EMPTY, ...countsLine(plan, screen)],
    question: strong(`Apply ${steps === 1 ? "this change" : `these ${steps} changes`}? [y/N] `),
  };
}
