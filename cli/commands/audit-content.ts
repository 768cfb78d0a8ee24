import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";

export const CONTENT_COMMANDS: readonly CommandSpec[] = [
  {
    name: "audit sbom",
    selects: ALL,
    action: "auditSbom",
    group: GROUPS.audit,
    summary: "print a bill of materials of what is installed",
    description:
      "Every package with its package URL, license, supplier, what it needs, and the hash where omg verified it or the lock pins it, as CycloneDX. The same machine gives the same bytes; with SOURCE_DATE_EPOCH the document bears that time.",
    options: [
      {
        flags: "--format <format>",
        description: "cyclonedx-1.6 (default) or cyclonedx-1.5",
        choices: ["cyclonedx-1.6", "cyclonedx-1.5"],
      },
      { flags: "--output <file>", description: "write it there", completes: "files" },
      { flags: "--vulns", description: "with known vulnerabilities, as `omg audit scan` finds them" },
    ],
    examples: [
      { command: "omg audit sbom --output sbom.cdx.json", meaning: "for whoever asks what runs here" },
      { command: "omg audit sbom | jq -r '.components[].purl'", meaning: "package URLs alone" },
    ],
  },
  {
    name: "audit secrets",
    selects: [],
    action: "auditSecrets",
    group: GROUPS.audit,
    summary: "find credentials before they are committed or shared",
    description:
      "Looks into what git tracks or would track there, and elsewhere into every file: tokens of known forms, private keys, passwords in addresses and under names that speak of them. Shows places and kinds, never a secret. Exit 2 where something is found. `omg:allow-secret` on a line lets it pass.",
    argument: { name: "path...", description: "files or folders; default: this folder", completes: "files" },
    options: [{ flags: "--format <format>", description: "what to print", choices: ["text", "sarif"] }],
    examples: [
      { command: "omg audit secrets", meaning: "the work tree that you are in" },
      { command: "omg audit secrets omg.lock .env", meaning: "two files, whatever git ignores" },
      { command: "omg audit secrets --format sarif > secrets.sarif", meaning: "for code scanning" },
    ],
  },
];
