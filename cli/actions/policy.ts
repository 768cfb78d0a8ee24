import { verdictJson } from "../../schema/wire/plan-json.ts";
import { policyAcceptScreen, policyCheckScreen, policyShowScreen, policyTestScreen } from "../render/policy.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function policyShow({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/policy-show.ts");
  const result = await app.policyShow(context, selection(context, flags));
  return { exit: "done", json: document(result), screen: (screen) => policyShowScreen(result, screen) };
}

export async function policyCheck({ context, flags, args: [planFile] }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/policy-check.ts");
  const result = await app.policyCheck(context, {
    ...selection(context, flags),
    ...(planFile === undefined ? {} : { planFile }),
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
  });
  const { judgements: _, ...verdict } = verdictJson({ ...result.verdict, judgements: [] });
  return {
    exit: result.verdict.violations.length > 0 ? "refused" : "done",
    json: document({ ...result, verdict: undefined }, { verdict }),
    screen: (screen) => policyCheckScreen(result, screen),
  };
}

export async function policyTest({ context, flags, args: [file] }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/policy-test.ts");
  const result = await app.policyTest(context, {
    ...selection(context, flags),
    ...(file === undefined ? {} : { file }),
    ...(flags.policy === undefined ? {} : { policy: flags.policy }),
  });
  return {
    exit: result.failed > 0 ? "error" : "done",
    json: document(result),
    screen: (screen) => policyTestScreen(result, screen),
  };
}

export async function policyAccept({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/policy-accept.ts");
  const result = await app.policyAccept(context, { ...selection(context, flags), ...switches(flags, ["yes"]) });
  return {
    exit: result.outcome === "declined" ? "consent" : "done",
    json: document(result),
    screen: (screen) => policyAcceptScreen(result, screen),
  };
}
