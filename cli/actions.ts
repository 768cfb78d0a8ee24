import { resolve } from "node:path";
import type { Context, Selection } from "../app/context.ts";
import type { ApplyResult } from "../app/results.ts";
import { type ExitName, OmgError } from "../schema/error.ts";
import type { Plan } from "../schema/model/plan.ts";
import { snakeCase } from "../schema/wire/json-names.ts";
import { planJson } from "../schema/wire/plan-json.ts";
import type { ActionName } from "./commands.ts";
import type { Flags } from "./options.ts";
import { adoptScreen } from "./render/adopt.ts";
import { applyScreen } from "./render/apply.ts";
import { captureScreen } from "./render/capture.ts";
import { checkScreen } from "./render/check.ts";
import { historyScreen } from "./render/history.ts";
import { lockScreen } from "./render/lock.ts";
import { planScreen } from "./render/plan.ts";
import type { Screen } from "./render/screen.ts";
import type { Line } from "./render/segments.ts";
import { setupScreen } from "./render/setup.ts";
import { statusScreen } from "./render/status.ts";

/** A command's answer, in every form that it can be asked for. */
export interface Answer {
  readonly exit: ExitName;
  readonly json: unknown;
  readonly screen: (screen: Screen) => Line[];
  /** A document to print as it is, instead of the screen. */
  readonly text?: string;
}

/** What an action gets from the command line. */
export interface Invocation {
  readonly context: Context;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** Whether the person has been shown the plan and asked about it. */
  readonly planShown: () => boolean;
}

/** Each calls one function of the app, loaded when it is needed, and says how its result looks and ends. */
export const ACTIONS: Readonly<Record<ActionName, (invocation: Invocation) => Promise<Answer>>> = {
  plan: async ({ context, flags }) => {
    const { plan } = await import("../app/commands/plan.ts");
    const out = flags.out === undefined ? {} : { out: resolve(context.cwd, flags.out) };
    const result = await plan(context, {
      ...selection(context, flags),
      ...out,
      ...switches(flags, ["locked", "allowDowngrades"]),
    });
    const changes: ExitName = flags.detailedExitcode === true && result.plan.steps.length > 0 ? "changes" : "done";
    return {
      exit: planExit(result.plan) ?? changes,
      json: planJson(result.plan),
      screen: (screen) => planScreen(result.plan, screen, result.savedTo),
    };
  },

  apply: async (invocation) => {
    const { context, flags, args } = invocation;
    const { apply } = await import("../app/commands/apply.ts");
    const planFile = args[0] === undefined ? {} : { planFile: resolve(context.cwd, args[0]) };
    const options = switches(flags, ["yes", "dryRun", "locked", "allowDowngrades"]);
    return applied(await apply(context, { ...selection(context, flags), ...planFile, ...options }), invocation);
  },

  rollback: async (invocation) => {
    const { context, flags, args } = invocation;
    const { rollback } = await import("../app/commands/rollback.ts");
    const generation = args[0] === undefined ? {} : { generation: args[0] };
    return applied(await rollback(context, { ...generation, ...switches(flags, ["yes", "dryRun"]) }), invocation);
  },

  check: async ({ context, flags }) => {
    const { check } = await import("../app/commands/check.ts");
    const result = await check(context, { ...selection(context, flags), ...switches(flags, ["locked"]) });
    return {
      exit: result.inSync ? "done" : "changes",
      json: document(result),
      screen: (screen) => checkScreen(result, screen),
    };
  },

  capture: async ({ context, flags, args }) => {
    const { capture } = await import("../app/commands/capture.ts");
    const file = args[0] === undefined ? {} : { file: resolve(context.cwd, args[0]) };
    const result = await capture(context, {
      ...selection(context, flags),
      ...file,
      ...switches(flags, ["adopt", "force", "print"]),
    });
    return {
      exit: "done",
      json: document(result),
      screen: (screen) => captureScreen(result, screen),
      ...(flags.print === true ? { text: result.text } : {}),
    };
  },

  lock: async ({ context, flags }) => {
    const { lock } = await import("../app/commands/lock.ts");
    const result = await lock(context, { ...selection(context, flags), ...switches(flags, ["print"]) });
    return { exit: "done", json: document(result), screen: (screen) => lockScreen(result, screen) };
  },

  history: async ({ context }) => {
    const { history } = await import("../app/commands/history.ts");
    const result = await history(context);
    const broken = Object.values(result.log).some((log) => log.broken !== undefined);
    return {
      exit: broken ? "error" : "done",
      json: document(result),
      screen: (screen) => historyScreen(result, screen),
    };
  },

  status: async ({ context }) => {
    const { status } = await import("../app/commands/status.ts");
    const result = await status(context);
    return { exit: "done", json: document(result), screen: (screen) => statusScreen(result, screen) };
  },

  adopt: async ({ context, flags, args }) => {
    requireNames(args, flags);
    const { adopt } = await import("../app/commands/adopt.ts");
    const result = await adopt(context, {
      ...selection(context, flags),
      names: [...args],
      ...switches(flags, ["all"]),
    });
    return { exit: "done", json: document(result), screen: (screen) => adoptScreen(result, screen) };
  },

  setup: async ({ context, flags }) => {
    const { setup } = await import("../app/commands/setup.ts");
    const result = await setup(context, switches(flags, ["yes", "remove"]));
    return {
      exit: result.done ? "done" : "consent",
      json: document(result),
      screen: (screen) => setupScreen(result, screen, flags.remove === true),
    };
  },
};

/** What stops a plan, before anything else about it counts. */
function planExit(plan: Plan): ExitName | undefined {
  if (plan.problems.length > 0) return "error";
  return plan.verdict.violations.length > 0 ? "refused" : undefined;
}

function applied(result: ApplyResult, { context, planShown }: Invocation): Answer {
  return {
    exit: applyExit(result, context.signal.aborted),
    json: document({ ...result, plan: undefined }, { plan: planJson(result.plan) }),
    screen: (screen) => applyScreen(result, screen, planShown()),
  };
}

function applyExit(result: ApplyResult, aborted: boolean): ExitName {
  if (result.outcome === "declined") return aborted ? "interrupted" : "consent";
  return result.outcome === "shown" ? (planExit(result.plan) ?? "done") : "done";
}

/** A result as JSON; `more` has its final names already. */
function document(result: object, more: object = {}): object {
  return { format_version: "1.0", ...(snakeCase(result) as object), ...more };
}

function selection(context: Context, flags: Flags): Selection {
  return {
    ...(flags.lock === undefined ? {} : { lock: resolve(context.cwd, flags.lock) }),
    ...(flags.only === undefined ? {} : { only: flags.only }),
    ...(flags.skip === undefined ? {} : { skip: flags.skip }),
  };
}

type Switch = { readonly [K in keyof Flags]-?: Exclude<Flags[K], undefined> extends boolean ? K : never }[keyof Flags];

/** The switches among the flags that were given. */
function switches<K extends Switch>(flags: Flags, names: readonly K[]): { [P in K]?: true } {
  const given: { [P in K]?: true } = {};
  for (const name of names) if (flags[name] === true) given[name] = true;
  return given;
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
