import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";
import type { OptionSpec } from "../options.ts";

const BUNDLE: OptionSpec = {
  flags: "--bundle <file>",
  description: "a Sigstore bundle, in place of the one beside the file",
  completes: "files",
};

export const VERIFY_COMMANDS: readonly CommandSpec[] = [
  {
    name: "verify",
    selects: ALL,
    action: "verify",
    group: GROUPS.audit,
    summary: "explain every check of one file",
    description:
      "Says what the file is by the lock, the indexes and omg's records, whether its bytes are the right ones, who signed for them, how they were built (by FILE.sigstore.json beside it), and which grade that makes. Exit 4 where a check fails, policy refuses it, or nothing vouches for it; 8 where something could not be checked.",
    argument: { name: "file", description: "a package or any other file", completes: "files" },
    options: [BUNDLE],
    examples: [
      { command: "omg verify ./ripgrep_13.0.0-4+b2_amd64.deb", meaning: "is it what the archive signed for?" },
      { command: "omg verify tool.tgz --bundle tool.sigstore.json", meaning: "by a bundle that lies elsewhere" },
    ],
  },
  {
    name: "audit slsa",
    selects: ALL,
    action: "auditSlsa",
    group: GROUPS.audit,
    summary: "explain every check of how something was built",
    description:
      "Looks for the provenance of a package where its publisher puts it (and where config.toml says so, at GitHub and in the transparency log), or of a file beside it, and goes through it check by check. Exit 4 where it does not hold or there is none, 8 where it could not be asked for.",
    argument: { name: "what", description: "a package, or the path of a file", completes: "packages" },
    options: [BUNDLE],
    examples: [
      { command: "omg audit slsa ripgrep", meaning: "of the build that the lock pins, or that is installed" },
      { command: "omg audit slsa ./tool.tgz --bundle tool.sigstore.json --json", meaning: "for a script" },
    ],
  },
  {
    name: "audit trust",
    selects: [],
    action: "auditTrust",
    group: GROUPS.audit,
    summary: "show the trust root that provenance is verified by",
    description:
      "omg comes with the trust root of Sigstore's public instance and works offline with it. --refresh brings it up to date by TUF: the system's where root asks, otherwise your own.",
    options: [{ flags: "--refresh", description: "ask for a newer one first" }],
    examples: [
      { command: "omg audit trust", meaning: "where it came from, and how old it is" },
      { command: "sudo omg audit trust --refresh", meaning: "the one that root goes by" },
    ],
  },
];
