import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";
import { type OptionSpec, YES } from "../options.ts";

const POLICY: OptionSpec = {
  flags: "--policy <file>",
  description: "judge by this file alone",
  completes: "files",
};

export const POLICY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "policy show",
    selects: ["lock"],
    action: "policyShow",
    group: GROUPS.audit,
    summary: "show every rule that counts here, and where it stands",
    description:
      "The machine's policy and the one beside the lock, rule by rule with file and line; what another file outdoes, what only warns, waivers, and what is held back. Without a lock, the machine's alone.",
    options: [],
    examples: [{ command: "omg policy show", meaning: "what an apply here is held to" }],
  },
  {
    name: "policy check",
    selects: ALL,
    action: "policyCheck",
    group: GROUPS.audit,
    summary: "hold a plan against the policy",
    description:
      "With PLANFILE, what `omg plan --out` saved: its evidence is taken as it stands in the file, and not verified again. Without, the plan that the lock would lead to now. Exit 4 where something is refused. Says which waivers nothing needed.",
    argument: { name: "planfile", description: "a plan that `omg plan --out` saved", completes: "files" },
    options: [POLICY],
    examples: [
      { command: "omg policy check", meaning: "what would be refused, warned of and waived" },
      { command: "omg policy check monday.plan --policy strict.toml", meaning: "a saved plan, by another policy" },
    ],
  },
  {
    name: "policy test",
    selects: ["lock"],
    action: "policyTest",
    group: GROUPS.audit,
    summary: "try a policy on a table of cases",
    description:
      "Reads policy-test.toml or policy-test.yaml beside the policy: packages, what is known of them, and what the policy should say. Judges by that policy alone, so that it answers alike everywhere. Exit 1 where a case fails.",
    argument: { name: "file", description: "the table of cases", completes: "files" },
    options: [POLICY],
    examples: [{ command: "omg policy test", meaning: "in a pipeline, before a policy is merged" }],
  },
  {
    name: "policy accept",
    selects: ["lock"],
    action: "policyAccept",
    group: GROUPS.audit,
    summary: "let a policy count that asks for less than before",
    description:
      "A policy beside a lock that asks for less than when it was last applied here does not count until that is accepted on this machine. Shows in what it asks for less, asks, and writes it into the log.",
    options: [YES],
    examples: [{ command: "omg policy accept", meaning: "look first, then say yes" }],
  },
];
