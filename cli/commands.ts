import { DOWNGRADES, DRY_RUN, LOCKED, type OptionSpec, YES } from "./options.ts";

/** Names of the functions in actions.ts. */
export type ActionName =
  | "plan"
  | "apply"
  | "check"
  | "capture"
  | "lock"
  | "rollback"
  | "history"
  | "status"
  | "adopt"
  | "setup";

/** `--lock`, `--only`, `--skip`. */
export type Selector = "lock" | "only" | "skip";

export interface Example {
  readonly command: string;
  readonly meaning: string;
}

/** One command: everything that parser and help know about it. */
export interface CommandSpec {
  /** Words after `omg`. */
  readonly name: string;
  readonly action: ActionName;
  /** Heading in the help. */
  readonly group: string;
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description?: string;
  readonly argument?: { readonly name: string; readonly description: string };
  readonly options: readonly OptionSpec[];
  /** Which of the options that choose a lock and providers have an effect on it; the others are refused. */
  readonly selects: readonly Selector[];
  readonly examples: readonly Example[];
}

const CHANGE = "Look, then change:";
const LOCK = "Write the lock:";
const PAST = "Look back, and go back:";
const OTHER = "This machine:";

const ALL: readonly Selector[] = ["lock", "only", "skip"];
const PROVIDERS: readonly Selector[] = ["only", "skip"];

const CHECK_EXAMPLES: readonly Example[] = [
  { command: "omg check && echo as it should be", meaning: "exit 0 in sync, 2 where something differs" },
  { command: "omg check --json --only apt", meaning: "the differences of one provider, for programs" },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "plan",
    selects: ALL,
    action: "plan",
    group: CHANGE,
    summary: "show exactly what apply would do",
    description:
      "Compares the lock, the last generation and this machine, asks the real solver, and judges every artifact by policy. Changes nothing.",
    options: [
      { flags: "--out <file>", description: "save the plan; `omg apply FILE` does this one or nothing" },
      { flags: "--detailed-exitcode", description: "exit 2 when there is something to do" },
      LOCKED,
      DOWNGRADES,
    ],
    examples: [
      { command: "omg plan", meaning: "what is to be done here" },
      { command: "omg plan --out monday.plan", meaning: "to be reviewed, then applied as it is" },
      { command: "omg plan --json | conftest test -", meaning: "ask a policy tool that reads Terraform's plans" },
    ],
  },
  {
    name: "apply",
    selects: ALL,
    action: "apply",
    group: CHANGE,
    summary: "make this machine as the lock wants it",
    description:
      "Plans, asks, fetches, verifies every byte, applies, reads the machine again and records a generation. With PLANFILE it does not ask, and does exactly that plan or nothing.",
    argument: { name: "planfile", description: "a plan that `omg plan --out` saved" },
    options: [YES, DRY_RUN, LOCKED, DOWNGRADES],
    examples: [
      { command: "omg apply", meaning: "shows the plan and asks" },
      { command: "omg apply --dry-run", meaning: "the operations, none of them done" },
      { command: "omg apply monday.plan", meaning: "that plan; exit 7 when it does not hold any more" },
    ],
  },
  {
    name: "check",
    selects: ALL,
    action: "check",
    group: CHANGE,
    summary: "say whether this machine is as its lock says",
    description: "Reads and compares; asks no solver and needs no network.",
    options: [LOCKED],
    examples: CHECK_EXAMPLES,
  },
  {
    name: "env capture",
    selects: PROVIDERS,
    action: "capture",
    group: LOCK,
    summary: "write what is installed here into a lock",
    description:
      "Writes a new lock: a request for each package that was installed by name, and a pin for all that is installed. Owns nothing unless told to, and takes no variables and no aliases.",
    argument: { name: "file", description: "where to write; default: omg.lock in this folder" },
    options: [
      { flags: "--adopt", description: "own what is captured, so that it is removed when it leaves the lock" },
      { flags: "--force", description: "replace a lock that is there" },
      { flags: "--print", description: "print the lock and write nothing" },
    ],
    examples: [
      { command: "omg env capture", meaning: "begin with the machine as it is" },
      { command: "omg env capture --print --only apt", meaning: "look first" },
    ],
  },
  {
    name: "env check",
    selects: ALL,
    action: "check",
    group: LOCK,
    summary: "the same as omg check",
    options: [LOCKED],
    examples: CHECK_EXAMPLES,
  },
  {
    name: "lock",
    selects: ALL,
    action: "lock",
    group: LOCK,
    summary: "pin every request of the lock for this platform",
    description:
      "Keeps pins that still answer their request, adds missing ones, drops those that nothing needs, and touches nothing that people wrote.",
    options: [{ flags: "--print", description: "show what would be written and write nothing" }],
    examples: [
      { command: "omg lock", meaning: "after editing a request" },
      { command: "omg lock --print", meaning: "what that would pin" },
    ],
  },
  {
    name: "history",
    selects: [],
    action: "history",
    group: PAST,
    summary: "list the generations, and prove the log whole",
    options: [],
    examples: [{ command: "omg history", meaning: "each apply and rollback, and what it did" }],
  },
  {
    name: "rollback",
    selects: [],
    action: "rollback",
    group: PAST,
    summary: "go back to an earlier generation",
    description:
      "Plans towards that generation, asks, and applies it through the same policy. From then on `omg check` and `omg status` say that the machine is held there, until the lock changes; `omg apply` goes forward again.",
    argument: { name: "generation", description: "such as system:7 or 7; default: the state before what omg did last" },
    options: [YES, DRY_RUN],
    examples: [
      { command: "omg rollback", meaning: "undo the last apply or rollback" },
      { command: "omg rollback system:7 --dry-run", meaning: "what going back to 7 would do" },
    ],
  },
  {
    name: "status",
    selects: [],
    action: "status",
    group: OTHER,
    summary: "show the status last published",
    description: "Reads the file that the last plan, check, apply or rollback wrote. Looks at nothing else.",
    options: [],
    examples: [{ command: "omg status --json", meaning: "for a prompt or a status bar" }],
  },
  {
    name: "adopt",
    selects: ALL,
    action: "adopt",
    group: OTHER,
    summary: "let omg own what is installed and in the lock",
    description: "omg removes only what it owns: what it installed itself, and what it was told to adopt.",
    argument: { name: "name...", description: "names or addresses, such as ripgrep or apt.ripgrep" },
    options: [{ flags: "--all", description: "everything that the lock names and this machine has" }],
    examples: [
      { command: "omg adopt ripgrep", meaning: "removed once it leaves the lock" },
      { command: "omg adopt --all", meaning: "after a capture, to manage all of it" },
    ],
  },
  {
    name: "setup",
    selects: [],
    action: "setup",
    group: OTHER,
    summary: "put omg's root-owned part where only root can change it",
    options: [YES, { flags: "--remove", description: "take it away again" }],
    examples: [
      { command: "sudo omg setup", meaning: "says which files it would put into /usr/lib/omg" },
      { command: "sudo omg setup --yes", meaning: "puts them there" },
      { command: "sudo omg setup --remove --yes", meaning: "takes that folder away; what omg recorded stays" },
    ],
  },
];
