import { OmgError } from "../../schema/error.ts";

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ALIAS = /^[A-Za-z0-9_.][A-Za-z0-9_.:+@-]*$/;

/** Variables that some shell will not have set: sourcing the file would end there, or change who the shell runs as. */
const READ_ONLY = [
  "_",
  "UID",
  "EUID",
  "GID",
  "EGID",
  "USERNAME",
  "PPID",
  "BASHOPTS",
  "SHELLOPTS",
  "BASH_VERSINFO",
  "status",
];

/** Words of the shell's grammar, and those that the file itself is written with. */
const RESERVED = [
  ...[
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "for",
    "in",
    "while",
    "until",
    "do",
    "done",
    "case",
    "esac",
    "function",
    "select",
  ],
  ...["time", "coproc", "repeat", "foreach", "end", "nocorrect", "alias", "unalias", "export"],
];

/**
 * Checks one setting before it becomes a line of shell code. The lock's own check is not enough: settings also come back from
 * generations.
 * @throws OmgError `shell-setting-invalid`
 */
export function requireSetting(kind: "env" | "alias", name: string, value: string): void {
  const why = kind === "env" ? variableFault(name) : aliasFault(name);
  if (why !== undefined) throw invalid(kind, name, why);
  if (value.includes("\0")) throw invalid(kind, name, "its value holds a NUL character, which no process can be given");
  if (/\p{Surrogate}/u.test(value))
    throw invalid(kind, name, "its value holds half a character, which no file can hold");
}

function variableFault(name: string): string | undefined {
  if (!VARIABLE.test(name)) return "that is not the name of a variable";
  return READ_ONLY.includes(name) ? "shells keep that variable for themselves" : undefined;
}

function aliasFault(name: string): string | undefined {
  if (!ALIAS.test(name)) return "that is not a name that every shell takes for an alias";
  return RESERVED.includes(name) ? "that is a word of the shell's own grammar" : undefined;
}

function invalid(kind: "env" | "alias", name: string, why: string): OmgError {
  const what = kind === "env" ? "variable" : "alias";
  return new OmgError({
    code: "shell-setting-invalid",
    exit: "invalid",
    message: `The ${what} ${JSON.stringify(name)} cannot be set: ${why}.`,
    state: "Nothing was changed.",
    hint: `Take it out of \`${kind === "env" ? "env" : "aliases"}\` in omg.lock, or give it another name.`,
  });
}
