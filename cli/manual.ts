import { EXIT } from "../schema/error.ts";
import type { CommandSpec } from "./command-spec.ts";
import { COMMANDS } from "./commands/index.ts";
import { optionsOf } from "./completions/facts.ts";
import { GLOBAL_OPTIONS, type OptionSpec } from "./options.ts";

// Manual pages in the language of man(7), made from the same table as the help.

/** Every page by file name: `omg.1`, `omg-env-capture.1`. */
export function manualPages(version: string): Readonly<Record<string, string>> {
  const pages = COMMANDS.map((spec) => [`${pageName(spec)}.1`, commandPage(spec, version)] as const);
  return Object.fromEntries([["omg.1", overview(version)], ...pages]);
}

/** The page of a command, or omg's own for no words; undefined where there is no such command. */
export function manualPage(words: readonly string[], version: string): string | undefined {
  if (words.length === 0) return overview(version);
  const spec = COMMANDS.find(({ name }) => name === words.join(" "));
  return spec === undefined ? undefined : commandPage(spec, version);
}

function pageName({ name }: CommandSpec): string {
  return `omg-${name.replaceAll(" ", "-")}`;
}

function overview(version: string): string {
  const groups = [...new Set(COMMANDS.map(({ group }) => group))];
  return page("omg", version, [
    ...section("NAME", [`omg ${DASH} keeps a Linux environment equal to what omg.lock says`]),
    ...section("SYNOPSIS", [`${bold("omg")} [options] ${italic("command")} [arguments]`]),
    ...section("DESCRIPTION", [
      text(
        "omg reads the machine, plans the difference to omg.lock with the package manager's own solver, verifies every byte that it would install, applies it, reads the machine again, and records it, so that you can go back.",
      ),
    ]),
    ".SH COMMANDS",
    ...groups.flatMap((group) => [
      `.SS ${quotedArgument(group.replace(/:$/, ""))}`,
      ...COMMANDS.filter((spec) => spec.group === group).flatMap((spec) => [
        ".TP",
        `.BR ${pageName(spec).replaceAll("-", "\\-")} (1)`,
        text(`${spec.summary}.`),
      ]),
    ]),
    ".SH OPTIONS",
    ...GLOBAL_OPTIONS.flatMap(option),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT).flatMap(([name, code]) => [".TP", bold(String(code)), text(`${name}.`)]),
    ...section("FILES", [
      text(
        "omg.lock, the nearest one upwards, then ~/.config/omg/omg.lock; policy.toml beside it, and /etc/omg/policy.toml.",
      ),
    ]),
  ]);
}

function commandPage(spec: CommandSpec, version: string): string {
  const name = pageName(spec);
  const argument = spec.argument === undefined ? [] : [`[${italic(spec.argument.name)}]`];
  const others = optionsOf(spec).filter((each) => !spec.options.includes(each));
  return page(name, version, [
    ...section("NAME", [`${name.replaceAll("-", "\\-")} ${DASH} ${text(spec.summary)}`]),
    ...section("SYNOPSIS", [[bold(`omg ${spec.name}`), "[options]", ...argument].join(" ")]),
    ...section("DESCRIPTION", [text(spec.description ?? `${capital(spec.summary)}.`)]),
    ...(spec.argument === undefined
      ? []
      : [".TP", italic(spec.argument.name), text(`${capital(spec.argument.description)}.`)]),
    ".SH OPTIONS",
    ...spec.options.flatMap(option),
    ...others.flatMap(option),
    ".SH EXAMPLES",
    ...spec.examples.flatMap(({ command, meaning }) => [".TP", bold(command), text(`${capital(meaning)}.`)]),
    ...section("SEE ALSO", [".BR omg (1)"]),
  ]);
}

function page(name: string, version: string, lines: readonly string[]): string {
  return `${[`.TH ${quotedArgument(name.toUpperCase())} 1 "" ${quotedArgument(`omg ${version}`)} "omg"`, ".nh", ...lines].join("\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`.SH ${title}`, ...lines];
}

function option(spec: OptionSpec): readonly string[] {
  const values = spec.choices === undefined ? "" : ` One of ${spec.choices.join(", ")}.`;
  return [".TP", bold(spec.flags), text(`${capital(spec.description)}.${values}`)];
}

const DASH = "\\-";

function bold(words: string): string {
  return `\\fB${escaped(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${escaped(words)}\\fR`;
}

/** One line of text: a line that begins with a dot or a quote would be a request. */
function text(words: string): string {
  const line = escaped(words);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Backslashes and hyphens mean something to roff(7); what is not ASCII is named by its number. */
function escaped(words: string): string {
  const ascii = words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha");
  return ascii.replace(
    /[^\n\x20-\x7e]/gu,
    (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}

function quotedArgument(words: string): string {
  return `"${escaped(words).replaceAll('"', "\\(dq")}"`;
}

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
