import type { PushOptions } from "../../app/team/push.ts";
import { type ExitName, OmgError } from "../../schema/error.ts";
import { proposeScreen, pushQuestion, pushScreen } from "../render/team-work.ts";
import { type Answer, document, type Invocation, switches } from "./shared.ts";

export async function teamPush(invocation: Invocation): Promise<Answer> {
  const app = await import("../../app/team/push.ts");
  const result = await app.teamPush(invocation.context, optionsOf(invocation, "Commit and push this?"));
  return {
    exit: exitOf(result.outcome, invocation),
    json: document(result),
    screen: (screen) => pushScreen(result, screen),
  };
}

export async function teamPropose(invocation: Invocation): Promise<Answer> {
  const app = await import("../../app/team/propose.ts");
  const result = await app.teamPropose(invocation.context, optionsOf(invocation, "Propose this?"));
  return {
    exit: exitOf(result.outcome, invocation),
    json: document(result),
    screen: (screen) => proposeScreen(result, screen),
  };
}

export async function teamMergeLock({
  context,
  args: [base, ours, theirs, name = "omg.lock"],
}: Invocation): Promise<Answer> {
  if (base === undefined || ours === undefined || theirs === undefined)
    throw new OmgError({
      code: "usage",
      exit: "error",
      message: "Three files are merged: what both come from, ours, and theirs.",
      hint: "git calls this; see `omg help team merge-lock`.",
    });
  const app = await import("../../app/team/merge-lock.ts");
  await app.mergeLockFiles(context, { base, ours, theirs, name });
  return { exit: "done", json: document({ merged: name }), screen: () => [] };
}

function exitOf(outcome: string, { context }: Invocation): ExitName {
  if (outcome !== "declined") return "done";
  return context.signal.aborted ? "interrupted" : "consent";
}

function optionsOf({ flags, ask }: Invocation, question: string): PushOptions {
  return {
    capture: flags.capture !== false,
    dryRun: flags.dryRun === true,
    yes: switches(flags, ["yes"]).yes === true,
    ...(ask === undefined ? {} : { agree: (about) => ask((screen) => pushQuestion(about, screen), question) }),
  };
}
