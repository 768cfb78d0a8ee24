import { OmgError } from "../../schema/error.ts";
import type { Flags } from "../options.ts";
import { adoptScreen } from "../render/adopt.ts";
import { setupScreen } from "../render/setup.ts";
import { statusScreen } from "../render/status.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function status({ context }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/status.ts");
  const result = await app.status(context);
  return { exit: "done", json: document(result), screen: (screen) => statusScreen(result, screen) };
}

export async function adopt({ context, flags, args }: Invocation): Promise<Answer> {
  requireNames(args, flags);
  const app = await import("../../app/commands/adopt.ts");
  const result = await app.adopt(context, {
    ...selection(context, flags),
    names: [...args],
    ...switches(flags, ["all"]),
  });
  return { exit: "done", json: document(result), screen: (screen) => adoptScreen(result, screen) };
}

export async function setup({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/setup.ts");
  const result = await app.setup(context, switches(flags, ["yes", "remove"]));
  return {
    exit: result.done ? "done" : "consent",
    json: document(result),
    screen: (screen) => setupScreen(result, screen, flags.remove === true),
  };
}

function requireNames(args: readonly string[], flags: Flags): void {
  if (args.length > 0 !== (flags.all === true)) return;
  const message = args.length > 0 ? "Names and --all together say two things." : "Nothing to adopt was named.";
  throw new OmgError({
    code: "usage",
    exit: "error",
    message,
    hint: "Give names, such as `omg adopt ripgrep`, or --all.",
  });
}
