import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { type OptionSpec, YES } from "../options.ts";

/** How git and servers are reached, for both ways. */
const REACHING: readonly OptionSpec[] = [
  { flags: "--token-file <file>", description: "token for the server of the https address", completes: "files" },
  { flags: "--ssh-key <file>", description: "key for an ssh address, without a passphrase", completes: "files" },
  { flags: "--known-hosts <file>", description: "keys of ssh servers", completes: "files" },
];
const GIT: OptionSpec = { flags: "--git <remote>", description: "a git repository: an address, or a remote's name" };
const PASSPHRASE: OptionSpec = {
  flags: "--passphrase-file <file>",
  description: "file with the passphrase; default: ask",
  completes: "files",
};

export const BUNDLE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "team share",
    selects: ["lock"],
    action: "teamShare",
    group: GROUPS.team,
    summary: "send the lock and what goes with it, encrypted and signed",
    description:
      "Looks for secrets first, and refuses with what it found. Then says what is about to leave this machine, asks, and makes one OpenPGP message of omg.lock, what it includes, policy.toml and .omg, signed with this machine's own key, for recipients' keys or a passphrase.",
    options: [
      { flags: "--to <files>", description: "public keys of the recipients; default: a passphrase", list: true },
      PASSPHRASE,
      { flags: "--artifacts", description: "with the packages that the lock is pinned to, as far as they are here" },
      { flags: "--output <file>", description: "write it to a file", completes: "files" },
      { flags: "--force", description: "replace that file" },
      GIT,
      { flags: "--url <address>", description: "put it to an https address" },
      ...REACHING,
      YES,
    ],
    examples: [
      { command: "omg team share --to bob.asc --output team.omg", meaning: "a file for one person" },
      { command: "omg team share --to bob.asc,eve.asc --git origin", meaning: "beside the branches of a repository" },
    ],
  },
  {
    name: "team receive",
    selects: [],
    action: "teamReceive",
    group: GROUPS.team,
    summary: "verify a bundle, lay it out here, and apply it",
    description:
      "Reads all of it into a private folder and checks it: who signed it, that it is newer than the last one, and every byte. Shows what it would change in this folder, asks once, writes that, and goes on as omg apply does. A sender counts whom the folder's .omg/members.toml lists, whom you name, or whom you accepted before.",
    argument: {
      name: "bundle",
      description: "a file, - for a pipe, or an https address; with --git, name of the lock",
      completes: "files",
    },
    options: [
      { flags: "--from <key>", description: "the sender's key, which you know from the sender" },
      { flags: "--key <file>", description: "secret key that the bundle is for", completes: "files" },
      PASSPHRASE,
      GIT,
      ...REACHING,
      { flags: "--no-apply", description: "only lay it out" },
      YES,
    ],
    examples: [
      { command: "omg team receive team.omg --key me.asc", meaning: "check, show, ask, apply" },
      { command: "omg team receive web-team --git origin", meaning: "the newest one of a repository" },
      { command: "omg team receive - --yes", meaning: "what `gpg --decrypt team.omg` passes on" },
    ],
  },
  {
    name: "team senders",
    selects: [],
    action: "teamSenders",
    group: GROUPS.team,
    summary: "show whose bundles were accepted here, or end that",
    description:
      "Keys that somebody accepted with omg team receive: their bundles count without a question who made them, in folders without a list of members. With --remove one of them does no more: its next bundle asks for the whole key again. That stands in the log, and older bundles of that key stay refused.",
    argument: { name: "key", description: "with --remove: the whole key" },
    options: [{ flags: "--remove", description: "this key counts no more" }],
    examples: [
      { command: "omg team senders", meaning: "keys, and since when they count" },
      { command: "omg team senders --remove ed25519:…", meaning: "from now on it is a stranger's" },
    ],
  },
];
