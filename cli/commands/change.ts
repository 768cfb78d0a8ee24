import { ALL, type CommandSpec, type Example, GROUPS } from "../command-spec.ts";
import { DOWNGRADES, DRY_RUN, LOCKED, YES } from "../options.ts";

export const CHECK_EXAMPLES: readonly Example[] = [
  { command: "omg check && echo as it should be", meaning: "exit 0 in sync, 2 where something differs" },
  { command: "omg check --json --only apt", meaning: "the differences of one provider, for programs" },
];

export const CHANGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "plan",
    selects: ALL,
    action: "plan",
    group: GROUPS.change,
    summary: "show exactly what apply would do",
    description:
      "Compares the lock, the last generation and this machine, asks the real solver, and judges every artifact by policy. Changes nothing.",
    options: [
      {
        flags: "--out <file>",
        description: "save the plan; `omg apply FILE` does this one or nothing",
        completes: "files",
      },
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
    group: GROUPS.change,
    summary: "make this machine as the lock wants it",
    description:
      "Plans, asks, fetches, verifies every byte, applies, reads the machine again and records a generation. With PLANFILE it does not ask, and does exactly that plan or nothing.",
    argument: { name: "planfile", description: "a plan that `omg plan --out` saved", completes: "files" },
    options: [
      YES,
      DRY_RUN,
      LOCKED,
      DOWNGRADES,
      { flags: "--unless-held", description: "not while a rollback holds this machine: for what runs unattended" },
    ],
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
    group: GROUPS.change,
    summary: "say whether this machine is as its lock says",
    description: "Reads and compares; asks no solver and needs no network.",
    options: [LOCKED],
    examples: CHECK_EXAMPLES,
  },
];
