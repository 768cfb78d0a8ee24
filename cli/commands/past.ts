import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { DRY_RUN, YES } from "../options.ts";

export const PAST_COMMANDS: readonly CommandSpec[] = [
  {
    name: "history",
    selects: [],
    action: "history",
    group: GROUPS.past,
    summary: "list the generations, and prove the log whole",
    options: [],
    examples: [{ command: "omg history", meaning: "each apply and rollback, and what it did" }],
  },
  {
    name: "rollback",
    selects: [],
    action: "rollback",
    group: GROUPS.past,
    summary: "go back to an earlier generation",
    description:
      "Plans towards that generation, asks, and applies it through the same policy. From then on `omg check` and `omg status` say that the machine is held there, until the lock changes; `omg apply` goes forward again.",
    argument: {
      name: "generation",
      description: "such as system:7 or 7; default: the state before what omg did last",
      completes: "generations",
    },
    options: [YES, DRY_RUN],
    examples: [
      { command: "omg rollback", meaning: "undo the last apply or rollback" },
      { command: "omg rollback system:7 --dry-run", meaning: "what going back to 7 would do" },
    ],
  },
];
