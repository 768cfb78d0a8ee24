import { type CommandSpec, GROUPS } from "../command-spec.ts";
import type { OptionSpec } from "../options.ts";

const SCOPE: OptionSpec = {
  flags: "--scope <scope>",
  description: "only this log",
  choices: ["system", "user"],
};

export const AUDIT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "audit log",
    selects: [],
    action: "auditLog",
    group: GROUPS.audit,
    summary: "read the log: who did what, when, and what was refused",
    description:
      "Oldest first. With -v also what was checked of every artifact. With --json a line of JSON for each entry. Whether the log is whole, `omg audit verify` says.",
    options: [
      SCOPE,
      { flags: "--since <time>", description: "from a date or time, or so long ago: 2026-11-25, 24h, 7d" },
      { flags: "--until <time>", description: "up to then" },
      {
        flags: "--event <events>",
        description: "only these, such as apply.refused, or apply for all that begin so",
        list: true,
      },
      { flags: "--subject <glob>", description: "only about this lock or address, such as 'apt.libssl*'" },
      { flags: "--actor <name>", description: "only what this user did" },
      { flags: "--limit <n>", description: "only the last so many", number: "count" },
      { flags: "-f, --follow", description: "go on with what is added, until interrupted" },
    ],
    examples: [
      { command: "omg audit log --since 7d --event apply", meaning: "what was applied, refused or failed this week" },
      {
        command: "omg audit log --subject 'apt.curl' -v",
        meaning: "everything about curl, and what was checked of it",
      },
      { command: "omg audit log --follow --json", meaning: "every new entry, as a line of JSON" },
    ],
  },
  {
    name: "audit verify",
    selects: [],
    action: "auditVerify",
    group: GROUPS.audit,
    summary: "prove that the log is as omg wrote it",
    description:
      "Finds lines that were changed, removed, put in, moved or cut off, and names the first. Exit 4 where it finds one. Against whoever has the key, root above all, only a head that was noted elsewhere helps: --witness. See docs/security.md.",
    options: [
      SCOPE,
      {
        flags: "--witness <head>",
        description: "a file of heads noted elsewhere, or one as system:LINE:HASH; default: the one of config.toml",
        completes: "files",
      },
      {
        flags: "--key <file>",
        description:
          "a public key that was kept elsewhere, instead of the one beside the log; of system without --scope",
        completes: "files",
      },
    ],
    examples: [
      { command: "omg audit verify", meaning: "both logs, against keys, heads and the machine's witness" },
      { command: "omg audit verify --witness heads.jsonl", meaning: "against heads that were copied off this machine" },
    ],
  },
  {
    name: "audit key",
    selects: [],
    action: "auditKey",
    group: GROUPS.audit,
    summary: "print the public key that the log's end is signed with",
    description:
      "Ed25519, in PEM. Keep it elsewhere: `omg audit verify --key` then does not have to trust this machine's copy.",
    options: [SCOPE],
    examples: [{ command: "omg audit key --scope system", meaning: "the key of the system's log" }],
  },
];
