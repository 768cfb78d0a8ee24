import { ALL, type CommandSpec, GROUPS, PROVIDERS } from "../command-spec.ts";
import { LOCKED } from "../options.ts";
import { CHECK_EXAMPLES } from "./change.ts";

export const LOCK_COMMANDS: readonly CommandSpec[] = [
  {
    name: "env capture",
    selects: PROVIDERS,
    action: "capture",
    group: GROUPS.lock,
    summary: "write what is installed here into a lock",
    description:
      "Writes a new lock: a request for each package that was installed by name, and a pin for all that is installed. Owns nothing unless told to, and takes no variables and no aliases.",
    argument: { name: "file", description: "where to write; default: omg.lock in this folder", completes: "files" },
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
    name: "env diff",
    selects: ALL,
    action: "envDiff",
    group: GROUPS.lock,
    summary: "show what differs between lock and machine, entry by entry",
    description:
      "What was asked for, what it is pinned to, and what is here. Exit 2 where something differs. Wakes no solver.",
    options: [],
    examples: [
      { command: "omg env diff", meaning: "as a table" },
      { command: "omg env diff --json | jq .differences", meaning: "for programs" },
    ],
  },
  {
    name: "env check",
    selects: ALL,
    action: "check",
    group: GROUPS.lock,
    summary: "the same as omg check",
    options: [LOCKED],
    examples: CHECK_EXAMPLES,
  },
  {
    name: "lock",
    selects: ALL,
    action: "lock",
    group: GROUPS.lock,
    summary: "pin every request of the lock for this platform",
    description:
      "Keeps pins that still answer their request, adds missing ones, drops those that nothing needs, and touches nothing that people wrote.",
    options: [{ flags: "--print", description: "show what would be written and write nothing" }],
    examples: [
      { command: "omg lock", meaning: "after editing a request" },
      { command: "omg lock --print", meaning: "what that would pin" },
    ],
  },
];
