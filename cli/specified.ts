import { Argument, Option } from "commander";
import type { ArgumentSpec } from "./command-spec.ts";
import type { OptionSpec } from "./options.ts";
import { usageError } from "./usage.ts";

/** An argument as Commander takes it. */
export function argumentOf({ name, description, choices }: ArgumentSpec): Argument {
  const argument = new Argument(`[${name}]`, description);
  return choices === undefined ? argument : argument.choices([...choices]);
}

/** An option as Commander takes it. Reading one throws OmgError `usage` for what is no number, size or list. */
export function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices(spec.choices);
  const { number } = spec;
  if (number !== undefined) option.argParser((value: string) => numberOf(value, number, spec));
  if (spec.list === true)
    option.argParser((value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      ...listOf(value, spec),
    ]);
  return option;
}

/** A whole number that is not negative; sizes in decimal units, as screens show them. */
function numberOf(value: string, kind: "count" | "size", spec: OptionSpec): number {
  const [, digits, unit = ""] = /^(\d{1,12})(?:([kmgt])b?)?$/i.exec(value) ?? [];
  const power = ["", "k", "m", "g", "t"].indexOf(unit.toLowerCase());
  if (digits !== undefined && (kind === "size" || unit === "")) return Number(digits) * 1000 ** power;
  throw usageError(
    `${spec.flags} takes ${kind === "size" ? "a size" : "a whole number"}, and "${value}" is none.`,
    kind === "size" ? "Such as 500M or 2G." : "Such as 30.",
  );
}

function listOf(value: string, spec: OptionSpec): string[] {
  const names = value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length > 0) return names;
  throw usageError(`${spec.flags} got no name.`, "Separate names with commas: apt,shell");
}
