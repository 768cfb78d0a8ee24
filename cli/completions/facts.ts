import { MISE, RUNTIMES } from "../../schema/runtimes/names.ts";
import type { CommandSpec } from "../command-spec.ts";
import { COMMANDS } from "../commands/index.ts";
import { GLOBAL_OPTIONS, type OptionSpec } from "../options.ts";

/** Providers of this build, as `--only` takes them. */
export const PROVIDER_NAMES: readonly string[] = ["apt", "pacman", "shell", "runtimes", ...RUNTIMES, MISE];

/** One thing that can be typed, and what it is. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** What stands where a value is expected: `files`, `packages`, `words a b`; `nothing` that can be offered. */
export type Values = string;

/** Commands of two words begin with these. */
export function parents(): readonly string[] {
  return [...new Set(COMMANDS.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0] ?? ""] : [])))];
}

/** What may follow `omg`, or `omg env`. */
export function wordsAfter(parent: string): readonly Word[] {
  const prefix = parent === "" ? "" : `${parent} `;
  const own = COMMANDS.filter(({ name }) => name.startsWith(prefix) && !name.slice(prefix.length).includes(" "));
  const words = own.map(({ name, summary }) => ({ word: name.slice(prefix.length), meaning: summary }));
  if (parent !== "") return words;
  const rest = parents().map((word) => ({
    word,
    meaning: wordsAfter(word)
      .map((each) => each.word)
      .join(", "),
  }));
  return [...words, ...rest, { word: "help", meaning: "show the help of a command" }];
}

/** Options that a command takes, the global ones included. Without one: the global ones. */
export function optionsOf(spec: CommandSpec | undefined): readonly OptionSpec[] {
  const refused =
    spec === undefined ? [] : ["lock", "only", "skip"].filter((name) => !spec.selects.some((each) => each === name));
  const global = GLOBAL_OPTIONS.filter(({ flags }) => !refused.some((name) => flags.startsWith(`--${name} `)));
  return [...(spec?.options ?? []), ...global, { flags: "-h, --help", description: "show help" }];
}

/** `-n`, `--dry-run` of `-n, --dry-run`. */
export function spellings({ flags }: OptionSpec): readonly string[] {
  return flags
    .replace(/ <.*$/, "")
    .split(", ")
    .map((spelling) => spelling.trim());
}

/** What an option's value may be; undefined for one without. */
export function valuesOf(option: OptionSpec): Values | undefined {
  if (!option.flags.includes("<")) return undefined;
  if (option.choices !== undefined) return `words ${option.choices.join(" ")}`;
  return option.completes ?? "nothing";
}

/** What a command's argument may be. */
export function argumentValues({ argument }: CommandSpec): Values {
  if (argument?.choices !== undefined) return `words ${argument.choices.join(" ")}`;
  return argument?.completes ?? "nothing";
}
