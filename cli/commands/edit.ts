import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";
import { DOWNGRADES, DRY_RUN, type OptionSpec, YES } from "../options.ts";

const NO_APPLY: OptionSpec = { flags: "--no-apply", description: "only edit and pin the lock" };
const LOCK_DRY_RUN: OptionSpec = {
  flags: "-n, --dry-run",
  description: "show what would be written, and write nothing",
};

export const EDIT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "install",
    selects: ALL,
    action: "install",
    group: GROUPS.edit,
    summary: "ask for packages in the lock, and apply it",
    description:
      "Writes a request for each name into the lock, pins it, shows the plan, asks once, then writes the lock and applies it. Without any lock it begins one of your own. A request that is there changes only where a version or a source is given.",
    argument: {
      name: "name...",
      description: "such as ripgrep, ripgrep=13.*, apt.ripgrep or libc6:i386",
      completes: "packages",
    },
    options: [{ flags: "--from <source>", description: "only from this source" }, NO_APPLY, YES, DRY_RUN, DOWNGRADES],
    examples: [
      { command: "omg install ripgrep jq", meaning: "both, and what they need" },
      { command: "omg install nodejs=20.* --from nodesource", meaning: "a beginning of a version, from one source" },
    ],
  },
  {
    name: "remove",
    selects: ALL,
    action: "remove",
    group: GROUPS.edit,
    summary: "take packages out of the lock, and apply it",
    description:
      "Takes the requests out, so that what omg owns is removed, with what came along and nothing else needs. What was there before omg needs --absent: the lock then says that it must not be there.",
    argument: {
      name: "name...",
      description: "names or addresses, such as ripgrep or apt.ripgrep",
      completes: "installed",
    },
    options: [
      { flags: "--absent", description: "write that it must not be there, whoever installed it" },
      { flags: "--purge", description: "the same, and its configuration files go, too" },
      NO_APPLY,
      YES,
      DRY_RUN,
    ],
    examples: [
      { command: "omg remove ripgrep", meaning: "with the dependencies that came along" },
      { command: "omg remove --absent telnet", meaning: "gone, and kept away" },
    ],
  },
  {
    name: "update",
    selects: ALL,
    action: "update",
    group: GROUPS.edit,
    summary: "pin newer versions within the requests, and apply them",
    description:
      "Brings the package lists up to date, then moves pins to the newest that their requests allow: all of them, or those that are named with what has to move along, or only to versions from security sources. What is installed in a newer version already is taken up.",
    argument: {
      name: "name...",
      description: "only these; default: everything that is pinned",
      completes: "installed",
    },
    options: [
      { flags: "--security", description: "only to versions from security sources" },
      { flags: "--no-refresh", description: "leave the package lists as they are" },
      NO_APPLY,
      YES,
      DRY_RUN,
    ],
    examples: [
      { command: "omg update", meaning: "everything" },
      { command: "omg update --security --no-apply", meaning: "a change of pins to review" },
      { command: "omg update curl", meaning: "curl, and what it needs to move" },
    ],
  },
  {
    name: "pin",
    selects: ALL,
    action: "pin",
    group: GROUPS.edit,
    summary: "hold requests to one exact version",
    description:
      "Makes the request exact: the version given, else the pinned one, else the installed one. Applies nothing.",
    argument: { name: "name...", description: "such as ripgrep or ripgrep=13.0.0-4", completes: "installed" },
    options: [LOCK_DRY_RUN],
    examples: [
      { command: "omg pin ripgrep", meaning: "at the version that is pinned now" },
      { command: "omg pin ripgrep=13.0.0-4", meaning: "at this one" },
    ],
  },
  {
    name: "unpin",
    selects: ALL,
    action: "unpin",
    group: GROUPS.edit,
    summary: "let requests be for any version again",
    description: "Makes the request `*`. Its pin stays until `omg update`. Applies nothing.",
    argument: {
      name: "name...",
      description: "names or addresses, such as ripgrep or apt.ripgrep",
      completes: "installed",
    },
    options: [LOCK_DRY_RUN],
    examples: [{ command: "omg unpin ripgrep", meaning: "omg update may then move it" }],
  },
];
