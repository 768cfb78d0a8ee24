import type { Command, CommanderError } from "commander";
import { OmgError } from "../schema/error.ts";
import { calledHere, commandNear, optionMeant } from "./suggestions.ts";

/** What to do where nothing is near to what was asked. */
export const LIST_HINT = "omg help lists the commands, omg help COMMAND its options.";

/** A command line that says nothing that omg understands; exit 1. */
export function usageError(message: string, hint: string): OmgError {
  return new OmgError({ code: "usage", exit: "error", message, hint });
}

/** Commander's message, in the shape of ours. It knows the words of the same place; the rest is looked for in all of omg. */
export function usage(error: CommanderError, program: Command): OmgError {
  const [first = "", ...rest] = error.message
    .replace(/^error: /, "")
    .replace(
      /^command-argument value (.*) is invalid for argument '(.*)'\. Allowed choices are /,
      "$1 is no $2 that this takes: ",
    )
    .split("\n");
  const near = /Did you mean (?:one of )?(.+?)\?/.exec(rest.join(" "))?.[1];
  const word = /'([^']*)'/.exec(first)?.[1] ?? "";
  const parent = program.commands.find((each) => each.name() === program.args[0] && each.commands.length > 0);
  const words = parent === undefined ? [word] : [parent.name(), word];
  const isCommand = error.code === "commander.unknownCommand";
  const here = isCommand ? calledHere(words) : undefined;
  // Its list of commands has the last words of those of two words, too.
  const reachable = !isCommand || parent !== undefined || program.commands.some((each) => each.name() === near);
  const same = near === undefined || !reachable ? undefined : `Did you mean ${near}?`;
  const elsewhere = isCommand
    ? commandNear(words)
    : error.code === "commander.unknownOption"
      ? optionMeant(word)
      : undefined;
  const hint = here ?? same ?? elsewhere ?? LIST_HINT;
  return usageError(`${first}${first.endsWith(".") ? "" : "."}`, hint);
}
