import { type CommandSpec, GROUPS } from "../command-spec.ts";

export const SIGNATURE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "audit signature",
    selects: [],
    action: "auditSignature",
    group: GROUPS.audit,
    summary: "check an OpenPGP signature, and explain every check",
    description:
      "Of a clearsigned file (InRelease), or of a file of any size with its signature beside it. Only keys of the keyring count; one with a file NAME-trusted beside NAME.gpg is taken as pacman-key takes it: three of its master keys have to vouch for a key. Exit 4 where the signature does not count, 1 where that could not be found out.",
    argument: { name: "file", description: "what is signed", completes: "files" },
    options: [
      {
        flags: "--signature <file>",
        description: "the signature; default: in the file, or beside it as .sig, .asc, .gpg or .sign",
        completes: "files",
      },
      { flags: "--keyring <file>", description: "the keys that may sign, binary or armoured", completes: "files" },
    ],
    examples: [
      {
        command:
          "omg audit signature /var/lib/apt/lists/*_InRelease --keyring /usr/share/keyrings/debian-archive-keyring.gpg",
        meaning: "one of apt's own signed indexes",
      },
      {
        command: "omg audit signature core.db --keyring archlinux.gpg",
        meaning: "by archlinux-keyring's web of trust",
      },
      { command: "omg audit signature SHASUMS256.txt --keyring node.gpg --json", meaning: "for programs" },
    ],
  },
];
