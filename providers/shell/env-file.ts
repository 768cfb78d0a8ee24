/** Environment variables and aliases by resource name, `env.EDITOR` or `alias.ll`, each with its value. */
export type Settings = ReadonlyMap<string, string>;

/** What a file says, and what in it is not as omg writes it. */
export interface ParsedFile {
  readonly settings: Settings;
  /** In words, with line numbers; empty for a file that omg wrote and nobody touched. */
  readonly faults: readonly string[];
}

const HEADER = [
  "# Written by omg from `env` and `aliases` of your own omg.lock, for sh, bash and zsh to source.",
  "# Change them there: edits to this file are reported as drift and undone.",
  "",
].join("\n");

/** One setting as `render` writes it. A value may go over several lines. */
const SETTING = /(?:export ([A-Za-z_][A-Za-z0-9_]*)|alias ([A-Za-z0-9_.][A-Za-z0-9_.:+@-]*))=((?:'[^']*'|\\')+)\n/y;

/**
 * The whole file: variables, then aliases, each sorted by name. Every value stands in single quotes, in which POSIX shells
 * know no special character at all (POSIX.1 Shell Command Language, 2.2.2). Names must have been checked before.
 */
export function render(settings: Settings): string {
  const lines = (kind: string, word: string): string[] =>
    [...settings]
      .filter(([name]) => name.startsWith(`${kind}.`))
      .map(([name, value]): [string, string] => [name.slice(kind.length + 1), value])
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${word} ${name}=${quote(value)}\n`);
  return [HEADER, ...lines("env", "export"), ...lines("alias", "alias")].join("");
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function unquote(quoted: string): string {
  return quoted.replace(/'([^']*)'|\\'/g, (whole, inner: string | undefined) =>
    whole === "\\'" ? "'" : (inner ?? ""),
  );
}

/** Reads back what `render` writes; everything else is a fault, and no reason to lose what can be read. */
export function parse(text: string): ParsedFile {
  const settings = new Map<string, string>();
  const faults: string[] = [];
  let at = text.startsWith(HEADER) ? HEADER.length : 0;
  if (at === 0) faults.push("its first lines are not omg's");
  while (at < text.length) {
    SETTING.lastIndex = at;
    const found = SETTING.exec(text);
    const end = found === null ? endOfLine(text, at) : SETTING.lastIndex;
    if (found === null) faults.push(`line ${lineOf(text, at)} is not omg's`);
    else settings.set(found[1] === undefined ? `alias.${found[2]}` : `env.${found[1]}`, unquote(found[3] ?? ""));
    at = end;
  }
  if (faults.length === 0 && render(settings) !== text) faults.push("its lines are not in omg's order or quoting");
  return { settings, faults };
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline < 0 ? text.length : newline + 1;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
