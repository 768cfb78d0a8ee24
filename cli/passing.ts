import type { Context } from "../app/context.ts";
import type { Became } from "../app/here/become.ts";
import { OmgError } from "../schema/error.ts";
import { startFolder, whoIsThis } from "./context.ts";
import { failureOf } from "./failure.ts";
import type { Flags } from "./options.ts";
import { errorScreen } from "./render/error.ts";
import { safe } from "./render/safe.ts";
import { paint } from "./render/screen.ts";
import { showFailure } from "./session.ts";
import { STDERR, screenOf } from "./streams.ts";

/** What is run in omg's place: the program's streams, signals and exit code are its own. */
export interface Passing {
  readonly action: "exec" | "run";
  /** The command, or the task and its arguments. */
  readonly args: readonly string[];
  readonly flags: Pick<Flags, "cd" | "watch" | "color">;
  /** Folder of the bundles. */
  readonly program: string;
}

/** A command line of `exec` or `run` whose options are the program's; undefined for any other. */
export function passingOf(argv: readonly string[], program: string): Passing | undefined {
  const [action, ...rest] = argv;
  if (action !== "exec" && action !== "run") return undefined;
  const watch = action === "run" && rest[0] === "--watch";
  const [first, ...args] = watch ? rest.slice(1) : rest;
  if (first === undefined || (first.startsWith("-") && first !== "--")) return undefined;
  const words = first === "--" ? args : [first, ...args];
  return words.length === 0 ? undefined : { action, args: words, flags: { watch }, program };
}

/** Runs it to its exit code. */
export async function runPassing({ action, args, flags, program }: Passing): Promise<number> {
  try {
    const cwd = startFolder(flags.cd);
    process.chdir(cwd);
    const became = await run(action, args, flags.watch === true, contextIn(process.cwd(), program));
    return said(became, flags);
  } catch (thrown) {
    return showFailure(failureOf(thrown), flags);
  }
}

async function run(action: Passing["action"], args: readonly string[], watch: boolean, ctx: Context): Promise<Became> {
  const [name, ...rest] = args;
  const app = await import("../app/commands/run.ts");
  if (name === undefined)
    throw new OmgError({
      code: "usage",
      exit: "error",
      message: action === "exec" ? "exec needs a command." : "Which task?",
      hint: action === "exec" ? "omg exec -- COMMAND [ARGUMENT...]" : "`omg run --list` shows them.",
    });
  return action === "exec" ? app.exec(ctx, args) : app.runTask(ctx, name, rest, watch);
}

function contextIn(cwd: string, program: string): Context {
  return {
    cwd,
    ...whoIsThis(process.env),
    now: () => new Date(),
    emit: () => undefined,
    signal: new AbortController().signal,
    program,
  };
}

function said({ exit, said: told }: Became, flags: Pick<Flags, "color">): number {
  if (told === undefined) return exit;
  const screen = screenOf(STDERR, process.env, flags.color ?? "auto", false);
  // It names folders, and names may have anything in them.
  const [message, hint] = [safe(told.message), safe(told.hint)];
  STDERR.write(paint(errorScreen({ message, details: [], state: undefined, hint: hint || undefined }, screen), screen));
  return exit;
}
