import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";

export const VULNERABILITY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "audit scan",
    selects: ALL,
    action: "auditScan",
    group: GROUPS.audit,
    summary: "list the known vulnerabilities of what is installed",
    description:
      "By the lists on this disk (`omg audit update`), or by OSV's server where config.toml says so. Exit 4 where policy refuses what is here, 8 where the lists could not be asked, otherwise 0. -v shows every one, also what the distribution calls unimportant.",
    options: [
      {
        flags: "--severity <level>",
        description: "show only what is at least so bad",
        choices: ["none", "low", "medium", "high", "critical"],
      },
      { flags: "--format <format>", description: "what to print", choices: ["table", "json", "sarif"] },
    ],
    examples: [
      { command: "omg audit scan --severity high", meaning: "what should not wait" },
      { command: "omg audit scan --format sarif | tee omg.sarif", meaning: "for code scanning" },
    ],
  },
  {
    name: "audit update",
    selects: [],
    action: "auditUpdate",
    group: GROUPS.audit,
    summary: "fetch the lists of known vulnerabilities",
    description:
      "From OSV for Debian, from the Arch security tracker for Arch, or from mirrors ([advisories] in config.toml). As root for the whole machine, otherwise for you. A list that is older or much smaller than what is here is refused.",
    options: [
      {
        flags: "--from <list>",
        description: "a file or an address: OSV's all.zip of one ecosystem, or the tracker's all.json",
        completes: "files",
      },
      { flags: "--force", description: "take one that is older or smaller as well" },
    ],
    examples: [
      { command: "sudo omg audit update", meaning: "for every user, and for what root decides" },
      { command: "omg audit update --from all.zip", meaning: "on a machine without a network" },
    ],
  },
];
