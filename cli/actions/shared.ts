import { resolve } from "node:path";
import type { Context, Selection } from "../../app/context.ts";
import { planDocument, withoutSecrets } from "../../app/plan-document.ts";
import type { ApplyResult } from "../../app/results.ts";
import type { ExitName } from "../../schema/error.ts";
import type { Plan } from "../../schema/model/plan.ts";
import { exitOfProblems } from "../../schema/problems.ts";
import { snakeCase } from "../../schema/wire/json-names.ts";
import type { Flags } from "../options.ts";
import { applyScreen } from "../render/apply.ts";
import { safeLines } from "../render/safe.ts";
import { paint, type Screen } from "../render/screen.ts";
import type { Line } from "../render/segments.ts";

/** A command's answer, in every form that it can be asked for. */
export interface Answer {
  readonly exit: ExitName;
  /** For `--json` alone: where it takes time to make, a getter. */
  readonly json: unknown;
  readonly screen: (screen: Screen) => Line[];
  /** A document to print as it is, instead of the screen. */
  readonly text?: string;
  /** Everything was printed already, as it came. */
  readonly printed?: true;
  /** It is the same for as long as everything is as it was found, and says nothing of how long ago something was. */
  readonly stands?: boolean;
}

/** What an answer looks like where nobody asked for JSON. `terminal`: a person may see it there and then. */
export function textOf({ text, screen: show }: Answer, screen: Screen, terminal: boolean): string {
  if (text === undefined) return paint(show(screen), screen);
  return terminal ? safeLines(text) : text;
}

/** What an action gets from the command line. */
export interface Invocation {
  readonly context: Context;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** Whether the person has been shown the plan and asked about it. */
  readonly planShown: () => boolean;
  /**
   * Prints something before the answer is there: the documents (lines of JSON) where JSON is asked for, otherwise the screen.
   * @returns false once nobody reads it any more
   */
  readonly print: (documents: readonly string[], screen: (screen: Screen) => readonly Line[]) => boolean;
  /** Shows something and asks about it; absent where there is nobody to ask. */
  readonly ask?: (above: (screen: Screen) => readonly Line[], question: string) => Promise<boolean>;
  /** Shows something and asks for a line of text, which does not show where it is `hidden`; absent where there is nobody to ask. */
  readonly askLine?: (
    above: (screen: Screen) => readonly Line[],
    question: string,
    how: "shown" | "hidden",
  ) => Promise<string>;
}

/** What stops a plan, before anything else about it counts. */
export function planExit(plan: Plan): ExitName | undefined {
  if (plan.problems.length > 0) return exitOfProblems(plan.problems);
  return plan.verdict.violations.length > 0 ? "refused" : undefined;
}

export function applied(result: ApplyResult, { context, planShown }: Invocation): Answer {
  return {
    exit: applyExit(result, context.signal.aborted),
    get json() {
      return withoutSecrets(document({ ...result, plan: undefined }, { plan: planDocument(result.plan) }));
    },
    screen: (screen) => applyScreen(result, screen, planShown()),
  };
}

function applyExit(result: ApplyResult, aborted: boolean): ExitName {
  if (result.outcome === "declined") return aborted ? "interrupted" : "consent";
  return result.outcome === "shown" ? (planExit(result.plan) ?? "done") : "done";
}

/** A result as JSON; `more` has its final names already. */
export function document(result: object, more: object = {}): object {
  return { format_version: "1.0", ...(snakeCase(result) as object), ...more };
}

export function selection(context: Context, flags: Flags): Selection {
  return {
    ...(flags.lock === undefined ? {} : { lock: resolve(context.cwd, flags.lock) }),
    ...(flags.only === undefined ? {} : { only: flags.only }),
    ...(flags.skip === undefined ? {} : { skip: flags.skip }),
  };
}

type Switch = { readonly [K in keyof Flags]-?: Exclude<Flags[K], undefined> extends boolean ? K : never }[keyof Flags];

/** The switches among the flags that were given. */
export function switches<K extends Switch>(flags: Flags, names: readonly K[]): { [P in K]?: true } {
  const given: { [P in K]?: true } = {};
  for (const name of names) if (flags[name] === true) given[name] = true;
  return given;
}
