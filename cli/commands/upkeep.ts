import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { YES } from "../options.ts";

export const UPKEEP_COMMANDS: readonly CommandSpec[] = [
  {
    name: "doctor",
    selects: [],
    action: "doctor",
    group: GROUPS.machine,
    summary: "find the usual troubles, and say what helps",
    description:
      "Looks at Node, space, clock, sudo, omg's folders, logs and locks, the part that root runs, the lock and the policies in reach, and the package managers: locks, what is half done, sources, keys and lists. Exit 1 where something is bad.",
    options: [{ flags: "--fix", description: "mend what can be mended without taking anything away" }],
    examples: [
      { command: "omg doctor", meaning: "each finding with what to do next" },
      { command: "sudo omg doctor --fix", meaning: "finish interrupted runs, repair dpkg, fetch missing lists" },
    ],
  },
  {
    name: "clean",
    selects: [],
    action: "clean",
    group: GROUPS.machine,
    summary: "free the space that nothing needs any more",
    description:
      "Removes packages from the store that no kept generation, no interrupted run and no lock of yours needs, answers in the cache that can be had again, and the generations that an option lets go. Says what would go and asks. You clean what is yours; what is the system's, root does.",
    options: [
      { flags: "--older-than <days>", description: "only what is older; lets older generations go", number: "count" },
      { flags: "--keep-generations <count>", description: "let all but the newest ones go", number: "count" },
      {
        flags: "--max-size <size>",
        description: "let the oldest generations go until the store is no larger",
        number: "size",
      },
      { flags: "-n, --dry-run", description: "say what would go, and remove nothing" },
      YES,
    ],
    examples: [
      { command: "omg clean", meaning: "says what it would free, and asks" },
      { command: "sudo omg clean --keep-generations 10", meaning: "the system's, with ten ways back" },
      { command: "omg clean --older-than 90 --dry-run", meaning: "what has lain there for three months" },
    ],
  },
];
