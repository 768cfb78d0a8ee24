import { resolve } from "node:path";
import { planDocument, withoutSecrets } from "../../app/plan-document.ts";
import type { ExitName } from "../../schema/error.ts";
import { checkScreen } from "../render/check.ts";
import { planScreen } from "../render/plan.ts";
import { type Answer, applied, document, type Invocation, planExit, selection, switches } from "./shared.ts";

export async function plan({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/plan.ts");
  const out = flags.out === undefined ? {} : { out: resolve(context.cwd, flags.out) };
  const result = await app.plan(context, {
    ...selection(context, flags),
    ...out,
    ...switches(flags, ["locked", "allowDowngrades"]),
  });
  const stopped = planExit(result.plan);
  const changes: ExitName = flags.detailedExitcode === true && result.plan.steps.length > 0 ? "changes" : "done";
  return {
    exit: stopped ?? changes,
    stands: stopped === undefined && result.plan.steps.length === 0,
    get json() {
      return planDocument(result.plan);
    },
    screen: (screen) => planScreen(result.plan, screen, result.savedTo),
  };
}

export async function apply(invocation: Invocation): Promise<Answer> {
  const { context, flags, args } = invocation;
  const app = await import("../../app/commands/apply.ts");
  const planFile = args[0] === undefined ? {} : { planFile: resolve(context.cwd, args[0]) };
  const options = switches(flags, ["yes", "dryRun", "locked", "allowDowngrades", "unlessHeld"]);
  return applied(await app.apply(context, { ...selection(context, flags), ...planFile, ...options }), invocation);
}

export async function check({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/check.ts");
  const result = await app.check(context, { ...selection(context, flags), ...switches(flags, ["locked"]) });
  return {
    exit: result.inSync ? "done" : "changes",
    stands: result.inSync,
    get json() {
      return withoutSecrets(document(result));
    },
    screen: (screen) => checkScreen(result, screen),
  };
}
