import type { Context } from "../app/context.ts";
import type { LockEditing } from "../app/results.ts";
import { EXIT } from "../schema/error.ts";
import type { Plan } from "../schema/model/plan.ts";
import { type Answer, type Invocation, textOf } from "./actions/shared.ts";
import type { ActionName, CommandSpec } from "./command-spec.ts";
import { startFolder, whoIsThis } from "./context.ts";
import { type Failure, failureJson, failureOf, type Stopped } from "./failure.ts";
import { exitOf, type Interruption, type StopSignal, watchSignals } from "./interruption.ts";
import type { Flags } from "./options.ts";
import { createProgress, type Progress, stoppedState } from "./progress.ts";
import { errorScreen } from "./render/error.ts";
import { safeLines } from "./render/safe.ts";
import { paint, paintLine, type Screen } from "./render/screen.ts";
import { line, strong, warn } from "./render/segments.ts";
import { isTerminal, STDERR, STDOUT, screenOf } from "./streams.ts";

/** What a run of the command line starts from. */
export interface Start {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly flags: Flags;
  /** Folder of the bundles. */
  readonly program: string;
  /** Gets the text of an answer that stands for as long as nothing changes that it was read from. */
  readonly keep?: (text: Uint8Array) => void;
}

/** Runs one command from its arguments to its exit code. */
export async function runCommand(start: Start): Promise<number> {
  const { flags } = start;
  const progress = createProgress(progressOptions(flags));
  const state = (cutOff: boolean) => stoppedState(progress, SILENT.has(start.command.action), cutOff);
  const interruption = interruptible(flags, progress, (name) => ({ name, state: state(true) }));
  try {
    const answered = await answer(start, progress, interruption);
    progress.clear();
    return answered;
  } catch (thrown) {
    progress.clear();
    const name = interruption.received();
    return showFailure(failureOf(thrown, { ...(name === undefined ? {} : { name }), state: state(false) }), flags);
  }
}

async function answer(start: Start, progress: Progress, interruption: Interruption): Promise<number> {
  const { flags, args, command } = start;
  const { ACTIONS } = await import("./actions/index.ts");
  const shown = { plan: false };
  const context = contextOf(start, progress, interruption, () => {
    shown.plan = true;
  });
  const act = await ACTIONS[command.action]();
  const ask =
    context.confirm === undefined
      ? {}
      : {
          ask: asker(progress, flags, interruption.signal),
          askLine: lineAsker(progress, flags, interruption.signal),
        };
  const print = printer(progress, flags);
  const result = await act({ context, flags, args, planShown: () => shown.plan, print, ...ask });
  progress.clear();
  const screen = stdoutScreen(flags);
  const printed = result.printed === true ? undefined : await printAnswer(result, screen, flags);
  const stopped = interruption.received();
  const stands = result.stands === true && !progress.warned() && stopped === undefined;
  if (stands && printed !== undefined) start.keep?.(printed);
  return stopped === undefined ? EXIT[result.exit] : exitOf(stopped);
}

/** Gives what was printed, JSON apart. */
async function printAnswer(result: Answer, screen: Screen, flags: Flags): Promise<Uint8Array | undefined> {
  if (flags.json === true) {
    await printJson(result.json);
    return undefined;
  }
  const bytes = Buffer.from(textOf(result, screen, STDOUT.terminal));
  STDOUT.write(bytes);
  return bytes;
}

function printer(progress: Progress, flags: Flags): Invocation["print"] {
  return (documents, screen) => {
    progress.clear();
    const text = flags.json === true ? documents.join("") : paint(screen(stdoutScreen(flags)), stdoutScreen(flags));
    if (text !== "") STDOUT.write(text);
    return STDOUT.open();
  };
}

function contextOf(start: Start, progress: Progress, interruption: Interruption, onShown: () => void): Context {
  const { flags } = start;
  // Not `process.stdin.isTTY`, which sets up a stream that only a question needs.
  const canAsk = STDOUT.terminal && STDERR.terminal && isTerminal(0);
  const confirm = async (plan: Plan, edit?: LockEditing) => {
    progress.clear();
    onShown();
    return confirmPlan(plan, edit, stderrScreen(flags), interruption.signal);
  };
  return {
    cwd: startFolder(flags.cd),
    ...whoIsThis(process.env),
    now: () => new Date(),
    emit: progress.emit,
    ...(canAsk && flags.json !== true ? { confirm, accept: accepter(progress, flags, interruption.signal) } : {}),
    ...(canAsk && flags.json !== true && flags.yes !== true
      ? { ask: textAsker(progress, flags, interruption.signal) }
      : {}),
    signal: interruption.signal,
    program: start.program,
  };
}

/** Shows in what a policy asks for less than before, and asks whether that may count here. */
function accepter(progress: Progress, flags: Flags, signal: AbortSignal): NonNullable<Context["accept"]> {
  return async (path, loosenings) => {
    const { looseningsBlock } = await import("./render/policy.ts");
    return asker(
      progress,
      flags,
      signal,
    )((screen) => looseningsBlock(path, loosenings, screen), "Accept that this policy asks for less?");
  };
}

/** Shows text of others, made safe, and asks about it. */
function textAsker(progress: Progress, flags: Flags, signal: AbortSignal): NonNullable<Context["ask"]> {
  return async ({ title, text, question }) => {
    const { reviewBlock } = await import("./render/review.ts");
    return asker(progress, flags, signal)(() => reviewBlock(title, text), question);
  };
}

/** Shows something on stderr and asks about it. */
function asker(progress: Progress, flags: Flags, signal: AbortSignal): NonNullable<Invocation["ask"]> {
  return async (above, question) => {
    const { askYes } = await import("./confirm.ts");
    const screen = stderrScreen(flags);
    progress.clear();
    STDERR.write(paint(above(screen), screen));
    const text = paintLine([strong(`${question} [y/N] `)], screen.color);
    return askYes(text, { input: process.stdin, output: process.stderr, signal });
  };
}

function lineAsker(progress: Progress, flags: Flags, signal: AbortSignal): NonNullable<Invocation["askLine"]> {
  return async (above, question, how) => {
    const { askLine } = await import("./ask-line.ts");
    const screen = stderrScreen(flags);
    progress.clear();
    STDERR.write(paint(above(screen), screen));
    const text = paintLine([strong(question)], screen.color);
    return askLine(text, how, { input: process.stdin, output: process.stderr, signal });
  };
}

async function confirmPlan(
  plan: Plan,
  edit: LockEditing | undefined,
  screen: Screen,
  signal: AbortSignal,
): Promise<boolean> {
  const [{ planQuestion }, { askYes }] = await Promise.all([import("./render/question.ts"), import("./confirm.ts")]);
  const { above, question } = planQuestion(plan, screen, edit);
  STDERR.write(paint(above, screen));
  return askYes(paintLine([question], screen.color), { input: process.stdin, output: process.stderr, signal });
}

/** Actions that write without an event for each operation. */
const SILENT: ReadonlySet<ActionName> = new Set([
  "capture",
  "lock",
  "adopt",
  "setup",
  "clean",
  "doctor",
  "pin",
  "unpin",
  "policyAccept",
  "auditUpdate",
  "allow",
  "deny",
  "hook",
  "daemonFetch",
  "daemonAccept",
  "daemonSuspend",
  "daemonResume",
  "teamInit",
  "teamPush",
  "teamPropose",
  "teamMergeLock",
  "teamShare",
  "teamReceive",
  "teamSenders",
]);

/** How long a run that has changed nothing yet may take to stop by itself. */
const GRACE_MS = 1000;

/**
 * A change that is under way is finished, and where one may begin elsewhere its answer is waited for; before that, or at the
 * second signal, the run ends and says what is true.
 */
function interruptible(flags: Flags, progress: Progress, stopped: (name: StopSignal) => Stopped): Interruption {
  const end = async (name: StopSignal) => {
    progress.clear();
    process.exit(await showFailure(failureOf(undefined, stopped(name)), flags));
  };
  const sayFinishing = () => {
    progress.clear();
    const text = line(warn("omg: "), "the change that is under way is finished first; once more stops at once.");
    STDERR.write(paint([text], stderrScreen(flags)));
  };
  return watchSignals((name) => {
    if (progress.touched().started > 0) sayFinishing();
    else setTimeout(() => untouched(progress) && void end(name), GRACE_MS).unref();
  }, end);
}

function untouched(progress: Progress): boolean {
  const { started, writing } = progress.touched();
  return started === 0 && !writing;
}

/** Shows a failure to people, and to programs where they asked. Gives the exit code. */
export async function showFailure(failure: Failure, flags: Pick<Flags, "json" | "color" | "verbose">): Promise<number> {
  const screen = stderrScreen(flags);
  if (flags.json === true) await printJson(failureJson(failure));
  STDERR.write(paint(errorScreen(failure, screen), screen));
  if (process.env.OMG_DEBUG && failure.stack !== undefined) STDERR.write(`${safeLines(failure.stack)}\n`);
  return failure.exit;
}

async function printJson(value: unknown): Promise<void> {
  const { jsonText } = await import("../schema/wire/json-names.ts");
  STDOUT.write(jsonText(value));
}

function progressOptions(flags: Flags): Parameters<typeof createProgress>[0] {
  return {
    write: STDERR.write,
    live: STDERR.terminal && process.env.TERM !== "dumb" && flags.verbose !== true,
    columns: () => stderrScreen(flags).columns,
    color: stderrScreen(flags).color,
    quiet: flags.quiet === true,
    verbose: flags.verbose === true,
    clock: () => performance.now(),
  };
}

function stdoutScreen(flags: Flags): Screen {
  return screenOf(STDOUT, process.env, flags.color ?? "auto", flags.verbose === true);
}

function stderrScreen(flags: Pick<Flags, "color" | "verbose">): Screen {
  return screenOf(STDERR, process.env, flags.color ?? "auto", flags.verbose === true);
}
