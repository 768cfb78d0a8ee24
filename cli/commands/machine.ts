import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";
import { YES } from "../options.ts";

export const MACHINE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "status",
    selects: [],
    action: "status",
    group: GROUPS.machine,
    summary: "show the status last published",
    description: "Reads the file that the last plan, check, apply or rollback wrote. Looks at nothing else.",
    options: [],
    examples: [{ command: "omg status --json", meaning: "for a prompt or a status bar" }],
  },
  {
    name: "adopt",
    selects: ALL,
    action: "adopt",
    group: GROUPS.machine,
    summary: "let omg own what is installed and in the lock",
    description: "omg removes only what it owns: what it installed itself, and what it was told to adopt.",
    argument: {
      name: "name...",
      description: "names or addresses, such as ripgrep or apt.ripgrep",
      completes: "installed",
    },
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
    group: GROUPS.machine,
    summary: "put omg's root-owned part where only root can change it",
    options: [YES, { flags: "--remove", description: "take it away again" }],
    examples: [
      { command: "sudo omg setup", meaning: "says which files it would put into /usr/lib/omg" },
      { command: "sudo omg setup --yes", meaning: "puts them there" },
      { command: "sudo omg setup --remove --yes", meaning: "takes that folder away; what omg recorded stays" },
    ],
  },
];
