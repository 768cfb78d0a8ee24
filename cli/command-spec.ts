import type { Completion } from "./completions/kinds.ts";
import type { OptionSpec } from "./options.ts";

/** Names of the functions in actions/. */
export type ActionName =
  | "plan"
  | "apply"
  | "check"
  | "install"
  | "remove"
  | "update"
  | "pin"
  | "unpin"
  | "use"
  | "list"
  | "capture"
  | "lock"
  | "history"
  | "auditScan"
  | "auditUpdate"
  | "auditLog"
  | "auditVerify"
  | "auditKey"
  | "rollback"
  | "status"
  | "adopt"
  | "setup"
  | "doctor"
  | "completions"
  | "prompt"
  | "clean"
  | "search"
  | "info"
  | "why"
  | "outdated"
  | "explicit"
  | "orphans"
  | "size"
  | "schema"
  | "manual"
  | "ciCheck"
  | "ciInit"
  | "envDiff"
  | "policyShow"
  | "policyCheck"
  | "policyTest"
  | "policyAccept"
  | "auditSignature"
  | "auditSbom"
  | "auditSecrets"
  | "verify"
  | "auditSlsa"
  | "auditTrust"
  | "which"
  | "allow"
  | "deny"
  | "hook"
  | "exec"
  | "run"
  | "daemonHealth"
  | "daemonFetch"
  | "daemonAccept"
  | "daemonRun"
  | "daemonStatus"
  | "daemonSuspend"
  | "daemonResume"
  | "daemonInstall"
  | "daemonStart"
  | "daemonStop"
  | "daemonLogs"
  | "teamInit"
  | "teamJoin"
  | "teamPull"
  | "teamStatus"
  | "teamMembers"
  | "teamPush"
  | "teamPropose"
  | "teamMergeLock"
  | "teamShare"
  | "teamReceive"
  | "teamSenders";

/** `--lock`, `--only`, `--skip`. */
export type Selector = "lock" | "only" | "skip";

export interface Example {
  readonly command: string;
  readonly meaning: string;
}

export interface ArgumentSpec {
  /** `name...` takes several. */
  readonly name: string;
  readonly description: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  readonly completes?: Completion;
}

/** One command: everything that parser, help and manual know about it. */
export interface CommandSpec {
  /** Words after `omg`. */
  readonly name: string;
  readonly action: ActionName;
  /** Heading in the help. */
  readonly group: string;
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description?: string;
  readonly argument?: ArgumentSpec;
  readonly options: readonly OptionSpec[];
  /** Which of the options that choose a lock and providers have an effect on it; the others are refused. */
  readonly selects: readonly Selector[];
  readonly examples: readonly Example[];
  /** It only asks about the system: where omgd runs, omg-fast has it answered there (passed-on.ts). */
  readonly passedOn?: true;
}

/** Headings of the help, in its order. */
export const GROUPS = {
  change: "Look, then change:",
  edit: "Change by name:",
  ask: "Ask:",
  here: "In a project's folder:",
  audit: "Judge and prove:",
  lock: "Write the lock:",
  past: "Look back, and go back:",
  machine: "This machine:",
  daemon: "Follow a repository:",
  team: "With a team:",
  tools: "For shells, pipelines and editors:",
} as const;

export const ALL: readonly Selector[] = ["lock", "only", "skip"];
export const PROVIDERS: readonly Selector[] = ["only", "skip"];
