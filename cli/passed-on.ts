import type { Prepared } from "../app/prepared/open.ts";
import type { Printed } from "../daemon/serve/query.ts";
import manifest from "../package.json" with { type: "json" };
import { EXIT } from "../schema/error.ts";
import { jsonText } from "../schema/wire/json-names.ts";
import type { PassedOn } from "../schema/wire/questions.ts";
import { explicitAnswer, infoAnswer, orphansAnswer, outdatedAnswer, searchAnswer, searchLimit } from "./actions/ask.ts";
import { type Answer, textOf } from "./actions/shared.ts";
import type { ActionName } from "./command-spec.ts";
import type { Flags } from "./options.ts";
import { type Parsed, parseArguments } from "./program.ts";
import { columnsOf, type Screen, wantsColor } from "./render/screen.ts";

/**
 * What this command line would print, from answers that were worked out beforehand; undefined where it has to run to find that out: options that
 * these answers know nothing of, mistakes, names that nothing is known of.
 */
export function printPassedOn(passed: PassedOn, prepared: Prepared, now: Date): Printed | undefined {
  const parsed = parsedOrNot(passed.args);
  if (parsed?.type !== "run" || parsed.command.passedOn !== true) return undefined;
  const { flags, args, command } = parsed;
  if ([flags.cd, flags.lock, flags.only, flags.skip].some((given) => given !== undefined)) return undefined;
  const known = ANSWERS[command.action]?.(prepared, args, flags);
  if (known === undefined) return undefined;
  const { answer, readNow } = "answer" in known ? known : { answer: known, readNow: "none" as const };
  const text =
    flags.json === true ? jsonText(answer.json) : textOf(answer, screenOf(passed, flags, now), passed.terminal);
  return { text, exit: EXIT[answer.exit], readNow };
}

type Known = Answer | (Pick<Printed, "readNow"> & { readonly answer: Answer });
type Answering = (prepared: Prepared, args: readonly string[], flags: Flags) => Known | undefined;

const ANSWERS: Readonly<Partial<Record<ActionName, Answering>>> = {
  search: (prepared, terms, flags) => {
    if (flags.aur === true || terms.every((term) => term.trim() === "")) return undefined;
    const result = prepared.search(terms, searchLimit(flags));
    return result && searchAnswer(result, flags);
  },
  info: (prepared, names) => {
    const known = names.length === 0 ? undefined : prepared.info(names);
    return known && { answer: infoAnswer(known.result), readNow: known.readNow };
  },
  explicit: ({ explicit }, _, flags) => explicit && explicitAnswer(explicit, flags),
  orphans: ({ orphans }, _, flags) => orphans && orphansAnswer(orphans, flags),
  outdated: ({ outdated }, _, flags) => outdated && outdatedAnswer(outdated, flags),
};

function parsedOrNot(args: readonly string[]): Parsed | undefined {
  try {
    return parseArguments(args, manifest.version, { columns: 80, color: () => false });
  } catch {
    return undefined;
  }
}

function screenOf({ terminal, columns, look }: PassedOn, flags: Flags, now: Date): Screen {
  const facts = { terminal, columns, env: look };
  return {
    columns: columnsOf(facts),
    color: wantsColor(flags.color ?? "auto", facts),
    verbose: flags.verbose === true,
    now,
  };
}
