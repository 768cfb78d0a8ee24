import { OmgError } from "../../schema/error.ts";
import { allowScreen, denyScreen } from "../render/allow.ts";
import { whichScreen } from "../render/which.ts";
import { type Answer, document, type Invocation } from "./shared.ts";

export async function which({ context, args }: Invocation): Promise<Answer> {
  const [name, ...more] = args;
  if (more.length > 0) throw usage("which takes one name.", "Give one name, or none for all: `omg which node`.");
  const app = await import("../../app/commands/which.ts");
  const result = await app.which(context, name === undefined ? {} : { name });
  const lacking = result.tools.some(
    ({ fault, foreign, path }) => fault !== undefined || (!foreign && path === undefined),
  );
  return {
    exit: lacking ? "error" : "done",
    json: document(result),
    screen: (screen) => whichScreen(result, screen),
  };
}

export async function allow({ context, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/allow.ts");
  const result = await app.allow(context, oneFolder(args));
  return { exit: "done", json: document(result), screen: (screen) => allowScreen(result, screen) };
}

export async function deny({ context, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/allow.ts");
  const result = await app.deny(context, oneFolder(args));
  return { exit: "done", json: document(result), screen: () => denyScreen(result) };
}

export async function hook({ context, args }: Invocation): Promise<Answer> {
  const [{ HOOK_SHELLS, hookScript }, app] = await Promise.all([
    import("../hooks/scripts.ts"),
    import("../../app/commands/hook.ts"),
  ]);
  const shell = HOOK_SHELLS.find((each) => each === args[0]);
  if (shell === undefined) throw usage("Which shell?", "`omg hook bash`, zsh or fish.");
  const { shims, ...words } = await app.hook(context);
  const text = hookScript(shell, words);
  return { exit: "done", json: document({ shell, text, shims }), screen: () => [], text };
}

/** `omg run --list`; what runs a program has a way of its own (passing.ts). */
export async function tasks({ context }: Invocation): Promise<Answer> {
  const [app, { tasksScreen }] = await Promise.all([import("../../app/commands/run.ts"), import("../render/tasks.ts")]);
  const result = await app.listTasks(context);
  return { exit: "done", json: document(result), screen: (screen) => tasksScreen(result, screen) };
}

function oneFolder([folder, ...more]: readonly string[]): { readonly folder?: string } {
  if (more.length > 0) throw usage("It takes one folder.", "Name one, or none for where you are.");
  return folder === undefined ? {} : { folder };
}

function usage(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}
