import { OmgError } from "../../../schema/error.ts";

/** One source as a line or a stanza of apt's files describes it. */
export interface SourceEntry {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Empty: all of the machine's. */
  readonly architectures: readonly string[];
  /** Absolute paths of key files, fingerprints, or one ASCII-armoured block of keys as text; empty where any trusted key may sign. */
  readonly signedBy: readonly string[];
  /** What `Trusted` says; absent where it is silent and the signature decides. */
  readonly trusted?: boolean;
  readonly enabled: boolean;
  readonly file: string;
  /** From 1, where the line or the stanza begins. */
  readonly line: number;
  /** How apt names the entry within the file: the line, or the stanza's number, from 1. */
  readonly ordinal: number;
}

const ARMOUR = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/**
 * `Signed-By` (sources.list(5)): paths or fingerprints, separated by commas or blanks, or an ASCII-armoured block of keys
 * itself, which is indented by one blank and has ` .` for its empty lines.
 */
export function parseSignedBy(value: string): string[] {
  if (value.trim().startsWith(ARMOUR)) {
    const lines = value.trim().split("\n");
    return [
      `${lines
        .map((line) => line.trim())
        .map((line) => (line === "." ? "" : line))
        .join("\n")}\n`,
    ];
  }
  return value.split(/[\s,]+/).filter((word) => word !== "");
}

/** A truth value as apt reads it in sources; undefined where it is neither. */
export function parseFlag(value: string | undefined): boolean | undefined {
  const word = value?.trim().toLowerCase() ?? "";
  if (["1", "yes", "true", "with", "on", "enable"].includes(word)) return true;
  if (["0", "no", "false", "without", "off", "disable"].includes(word)) return false;
  return undefined;
}

/** A list with what the `-Add` and `-Remove` forms of its field say. */
export function adjusted(values: readonly string[], add: readonly string[], remove: readonly string[]): string[] {
  return [...new Set([...values, ...add])].filter((value) => !remove.includes(value));
}

export function sourcesInvalid(file: string, line: number, reason: string): OmgError {
  return new OmgError({
    code: "apt-sources-invalid",
    exit: "error",
    message: `${file}:${line}: ${reason}`,
    state: "apt refuses to work with this file, too; nothing was changed.",
    hint: "Repair the entry, or disable it (a # before the line, or `Enabled: no` in the stanza).",
  });
}
