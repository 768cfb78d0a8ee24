import type { EditResult } from "../../app/results.ts";
import { OmgError } from "../../schema/error.ts";
import { editScreen } from "../render/edit.ts";
import { type Answer, applied, document, type Invocation, selection, switches } from "./shared.ts";

export async function install(invocation: Invocation): Promise<Answer> {
  const { context, flags } = invocation;
  const names = requireNames(invocation, "install");
  const app = await import("../../app/commands/install.ts");
  const from = flags.from === undefined ? {} : { from: flags.from };
  return edited(await app.install(context, { ...options(invocation), ...from, names }), invocation);
}

export async function remove(invocation: Invocation): Promise<Answer> {
  const names = requireNames(invocation, "remove");
  const app = await import("../../app/commands/remove.ts");
  const more = switches(invocation.flags, ["purge", "absent"]);
  return edited(await app.remove(invocation.context, { ...options(invocation), ...more, names }), invocation);
}

export async function update(invocation: Invocation): Promise<Answer> {
  const { context, flags, args } = invocation;
  const app = await import("../../app/commands/update.ts");
  const more = { ...switches(flags, ["security"]), ...(flags.refresh === false ? { noRefresh: true } : {}) };
  return edited(await app.update(context, { ...options(invocation), ...more, names: args }), invocation);
}

export async function pin(invocation: Invocation): Promise<Answer> {
  const names = requireNames(invocation, "pin");
  const app = await import("../../app/commands/pin.ts");
  return edited(await app.pin(invocation.context, { ...options(invocation), names }), invocation);
}

export async function unpin(invocation: Invocation): Promise<Answer> {
  const names = requireNames(invocation, "unpin");
  const app = await import("../../app/commands/pin.ts");
  return edited(await app.unpin(invocation.context, { ...options(invocation), names }), invocation);
}

function options({ context, flags }: Invocation) {
  return {
    ...selection(context, flags),
    ...switches(flags, ["yes", "dryRun", "allowDowngrades"]),
    ...(flags.apply === false ? { noApply: true } : {}),
  };
}

export function edited(result: EditResult, invocation: Invocation): Answer {
  const { apply, ...edit } = result;
  const answer = apply && applied(apply, invocation);
  return {
    exit: answer?.exit ?? "done",
    json: document(edit, answer === undefined ? {} : { apply: answer.json }),
    screen: (screen) => editScreen(result, screen, invocation.planShown(), answer?.screen(screen) ?? []),
  };
}

function requireNames({ args }: Invocation, command: string): readonly string[] {
  if (args.length > 0) return args;
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: `Nothing to ${command} was named.`,
    state: "Nothing was changed.",
    hint: `Such as \`omg ${command} ripgrep\`.`,
  });
}
