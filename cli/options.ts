import type { Completion } from "./completions/kinds.ts";
import type { ColorChoice } from "./render/screen.ts";

/** One option as the help shows it and the parser knows it. */
export interface OptionSpec {
  /** Commander's notation: `-n, --dry-run`, `--out <file>`. */
  readonly flags: string;
  readonly description: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** Takes names separated by commas, and may be given again. */
  readonly list?: true;
  /** Takes a whole number, or a size such as `500M` or `2G`; the flag is then a number (bytes). */
  readonly number?: "count" | "size";
  readonly completes?: Completion;
}

/** Everything that options can set; which command takes which stands in the command table. */
export interface Flags {
  readonly json?: boolean;
  readonly cd?: string;
  readonly lock?: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: ColorChoice;
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly locked?: boolean;
  readonly allowDowngrades?: boolean;
  readonly unlessHeld?: boolean;
  readonly adopt?: boolean;
  readonly force?: boolean;
  readonly print?: boolean;
  readonly all?: boolean;
  readonly remove?: boolean;
  readonly from?: string;
  readonly purge?: boolean;
  readonly absent?: boolean;
  readonly security?: boolean;
  /** False for `--no-apply`. */
  readonly apply?: boolean;
  /** False for `--no-refresh`. */
  readonly refresh?: boolean;
  readonly policy?: string;
  readonly fix?: boolean;
  readonly format?: "text" | "table" | "json" | "sarif" | "markdown" | "cyclonedx-1.5" | "cyclonedx-1.6";
  readonly severity?: "none" | "low" | "medium" | "high" | "critical";
  readonly signature?: string;
  readonly keyring?: string;
  readonly output?: string;
  readonly wait?: boolean;
  readonly vulns?: boolean;
  readonly names?: boolean;
  readonly aur?: boolean;
  readonly global?: boolean;
  readonly available?: boolean;
  readonly limit?: number;
  readonly olderThan?: number;
  readonly maxSize?: number;
  readonly keepGenerations?: number;
  readonly scope?: "system" | "user";
  readonly witness?: string;
  readonly key?: string;
  readonly since?: string;
  readonly until?: string;
  readonly event?: readonly string[];
  readonly subject?: string;
  readonly actor?: string;
  readonly follow?: boolean;
  readonly nearby?: boolean;
  readonly again?: string;
  readonly system?: boolean;
  readonly list?: boolean;
  readonly watch?: boolean;
  readonly bundle?: string;
  readonly reason?: string;
  readonly trust?: string;
  readonly branch?: string;
  readonly path?: string;
  readonly sshKey?: string;
  readonly knownHosts?: string;
  /** False for `--no-capture`. */
  readonly capture?: boolean;
  readonly to?: readonly string[];
  readonly passphraseFile?: string;
  readonly artifacts?: boolean;
  readonly git?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** Options that stand before or after any command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: "-C, --cd <dir>", description: "start in this folder", completes: "folders" },
  {
    flags: "--lock <file>",
    description: "use this lock; default: the nearest omg.lock upwards, then your own",
    completes: "files",
  },
  {
    flags: "--only <providers>",
    description: "only these providers, such as apt,shell",
    list: true,
    completes: "providers",
  },
  { flags: "--skip <providers>", description: "all providers but these", list: true, completes: "providers" },
  { flags: "--json", description: "print one JSON document on stdout" },
  { flags: "-q, --quiet", description: "no progress; warnings and errors still show" },
  { flags: "-v, --verbose", description: "show everything: whole lists, each stage, output of programs" },
  {
    flags: "--color <when>",
    description: "when to use colour; NO_COLOR is honoured",
    choices: ["auto", "always", "never"],
  },
];

export const LOCKED: OptionSpec = {
  flags: "--locked",
  description: "refuse anything that is not pinned for this platform",
};
export const DOWNGRADES: OptionSpec = {
  flags: "--allow-downgrades",
  description: "go back to the pinned version where a newer one is installed",
};
export const YES: OptionSpec = { flags: "-y, --yes", description: "do it without asking" };
export const DRY_RUN: OptionSpec = {
  flags: "-n, --dry-run",
  description: "show every operation, in order, and change nothing",
};
