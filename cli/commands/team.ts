import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { YES } from "../options.ts";

const NO_CAPTURE = { flags: "--no-capture", description: "only what omg.lock says already" };
const SHOW = { flags: "-n, --dry-run", description: "show what would change, and change nothing" };

export const TEAM_COMMANDS: readonly CommandSpec[] = [
  {
    name: "team init",
    selects: [],
    action: "teamInit",
    group: GROUPS.team,
    summary: "make the repository here a team's",
    description:
      "Writes the team's first trust document, signed by the key that git signs with, a list of members, and what is missing of omg.lock (this machine, captured), policy.toml and a check for pipelines; and has git merge omg.lock by name. Shows all of it before, replaces nothing, and commits nothing.",
    argument: { name: "name", description: "what the team is called; default: as the folder is" },
    options: [YES],
    examples: [
      { command: "omg team init", meaning: "says what it would write, and the fingerprint to give to others" },
      { command: "omg team init web-team --yes", meaning: "writes it" },
    ],
  },
  {
    name: "team join",
    selects: [],
    action: "teamJoin",
    group: GROUPS.team,
    summary: "make this machine one of a team's",
    description:
      "Fetches the repository, verifies it from its first trust document on, shows who vouches for it and what it would change here, asks once, applies that, and has omgd follow it. Prints what the team's list of members should have of this machine. Until you agree nothing is changed.",
    argument: { name: "url", description: "https, http, ssh or file address of the repository" },
    options: [
      {
        flags: "--trust <fingerprint>",
        description:
          "of the team's first trust document, from somebody whom you believe: SHA256:…; default: you are asked",
      },
      { flags: "--branch <name>", description: "what is followed; default: main" },
      { flags: "--path <folder>", description: "where omg.lock lies in the repository; default: its top" },
      {
        flags: "--ssh-key <file>",
        description: "for an ssh address: private key without a passphrase",
        completes: "files",
      },
      { flags: "--known-hosts <file>", description: "for an ssh address: keys of its servers", completes: "files" },
      YES,
    ],
    examples: [
      {
        command: "sudo omg team join https://git.example.org/web.git --trust SHA256:…",
        meaning: "shows everything, then asks",
      },
    ],
  },
  {
    name: "team pull",
    selects: [],
    action: "teamPull",
    group: GROUPS.team,
    summary: "fetch, verify and apply what the team says now",
    description: "What omgd does by itself where it runs: now, and with a question before it.",
    options: [YES],
    examples: [{ command: "sudo omg team pull", meaning: "shows the plan, then asks" }],
  },
  {
    name: "team status",
    selects: [],
    action: "teamStatus",
    group: GROUPS.team,
    summary: "show how the team's machines are",
    description:
      "By each machine's own signed note, which its omgd leaves in the repository: in sync or not, at which commit, since when. A note that expired, or that another key signed, counts for nothing. Fetches the notes; without the server it shows those of before, and says so.",
    options: [],
    examples: [{ command: "sudo omg team status", meaning: "who has drifted" }],
  },
  {
    name: "team members",
    selects: [],
    action: "teamMembers",
    group: GROUPS.team,
    summary: "show which machines the team has, with their keys",
    options: [],
    examples: [{ command: "sudo omg team members", meaning: "and whether this one is among them" }],
  },
  {
    name: "team push",
    selects: [],
    action: "teamPush",
    group: GROUPS.team,
    summary: "put what was changed on this machine into the team's lock",
    description:
      "In a clone of the team's repository: takes what was installed, removed or brought to another version on this machine since the lock was applied here last, and what you wrote into omg.lock. Shows what that changes for the team, name by name, asks once, commits (signed where git has a key) and pushes. What this machine only has not applied yet stays as the team has it. What others pushed meanwhile comes first, and omg.lock is merged by name; where both sides changed the same name, nothing is pushed and it is named.",
    options: [NO_CAPTURE, YES, SHOW],
    examples: [
      { command: "omg team push", meaning: "shows what changes, then asks" },
      { command: "omg team push --dry-run", meaning: "only shows it" },
      { command: "omg team push --no-capture --yes", meaning: "what you wrote into the lock, and nothing else" },
    ],
  },
  {
    name: "team propose",
    selects: [],
    action: "teamPropose",
    group: GROUPS.team,
    summary: "push the same as a branch of its own, for others to review",
    description:
      "On top of what the team has now; the commit's text says what changes. Your branch and your files stay as they are.",
    options: [NO_CAPTURE, YES, SHOW],
    examples: [{ command: "omg team propose", meaning: "where you may not push to the team's branch" }],
  },
  {
    name: "team merge-lock",
    selects: [],
    action: "teamMergeLock",
    group: GROUPS.team,
    summary: "merge omg.lock by name; git calls it",
    description:
      "A merge driver as gitattributes(5) has it, which `omg team init` sets up. Exit 1 where both sides changed one name.",
    argument: { name: "file...", description: "what both come from, ours, theirs, and the name in the repository" },
    options: [],
    examples: [{ command: "omg team merge-lock base ours theirs", meaning: "the result is in ours" }],
  },
];
