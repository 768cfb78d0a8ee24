import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { YES } from "../options.ts";

export const DAEMON_COMMANDS: readonly CommandSpec[] = [
  {
    name: "daemon run",
    selects: [],
    action: "daemonRun",
    group: GROUPS.daemon,
    summary: "follow a repository, and keep this machine as it says",
    description:
      "omgd in the foreground, until SIGINT or SIGTERM. Asks the repository of config.toml for newer commits, notices what moves on this machine, and reports or applies, as config.toml says for each. Runs of omg that it starts are finished before it ends. SIGHUP: look at everything now, and try again what was given up. With --json, each thing that is new is one line.",
    options: [],
    examples: [
      { command: "sudo omg daemon run", meaning: "for this machine, by /etc/omg/config.toml" },
      { command: "omg daemon run --json", meaning: "for your own scope, one line of JSON for each thing that is new" },
    ],
  },
  {
    name: "daemon status",
    selects: [],
    action: "daemonStatus",
    group: GROUPS.daemon,
    summary: "show what omgd follows, knows and waits for",
    options: [],
    examples: [{ command: "sudo omg daemon status", meaning: "of this machine's omgd" }],
  },
  {
    name: "daemon suspend",
    selects: [],
    action: "daemonSuspend",
    group: GROUPS.daemon,
    summary: "have omgd apply nothing until it is resumed",
    description: "It goes on to look and to report, also when it is started again.",
    options: [{ flags: "--reason <text>", description: "what others should know; shown in the status" }],
    examples: [{ command: "sudo omg daemon suspend --reason migration", meaning: "before you work on the machine" }],
  },
  {
    name: "daemon resume",
    selects: [],
    action: "daemonResume",
    group: GROUPS.daemon,
    summary: "let omgd apply again, and try again what it gave up",
    options: [],
    examples: [{ command: "sudo omg daemon resume", meaning: "takes a suspension away" }],
  },
  {
    name: "daemon install",
    selects: [],
    action: "daemonInstall",
    group: GROUPS.daemon,
    summary: "have systemd run omgd; says what that is, and does it with --yes",
    description:
      "With --system, as root: for the machine, as an account of its own without any rights, which reaches packages through omg-root alone; `omg setup` is part of it. Without: for yourself, where packages need a sudo that asks for no password. What config.toml says has to be there before.",
    options: [
      { flags: "--system", description: "for the machine" },
      { flags: "--remove", description: "stop it and take it away again; what it knows stays" },
      { flags: "--yes", description: "do it" },
    ],
    examples: [
      { command: "sudo omg daemon install --system", meaning: "says what it would write" },
      {
        command: "sudo omg daemon install --system --yes",
        meaning: "and writes it, and starts it; again after an upgrade",
      },
    ],
  },
  {
    name: "daemon start",
    selects: [],
    action: "daemonStart",
    group: GROUPS.daemon,
    summary: "start the service",
    options: [],
    examples: [{ command: "sudo omg daemon start", meaning: "the machine's" }],
  },
  {
    name: "daemon stop",
    selects: [],
    action: "daemonStop",
    group: GROUPS.daemon,
    summary: "stop the service until it is started, or the machine is",
    description: "An apply that is under way ends first.",
    options: [],
    examples: [{ command: "sudo omg daemon stop", meaning: "the machine's" }],
  },
  {
    name: "daemon logs",
    selects: [],
    action: "daemonLogs",
    group: GROUPS.daemon,
    summary: "show what the service said",
    options: [{ flags: "-f, --follow", description: "go on as it comes" }],
    examples: [{ command: "sudo omg daemon logs", meaning: "its last hundred lines" }],
  },
  {
    name: "daemon health",
    selects: [],
    action: "daemonHealth",
    group: GROUPS.daemon,
    summary: "run the health checks that the followed lock names",
    description:
      "As omgd does after an apply: what each runs stands in config.toml, with its time and user. Exit 1 where one fails.",
    options: [{ flags: "--wait", description: "try again until each succeeds or its time is over" }],
    examples: [{ command: "sudo omg daemon health", meaning: "how this machine is now" }],
  },
  {
    name: "daemon fetch",
    selects: [],
    action: "daemonFetch",
    group: GROUPS.daemon,
    summary: "fetch and verify what the followed repository says now",
    description:
      "Fetches the branch or tag that config.toml names, verifies the signature of every commit since the last one that was believed here, and lays the lock out that the newest holds. Applies nothing. Exit 4 where a commit does not count, 3 where the lock in it is none, 8 where the repository cannot be reached.",
    options: [
      {
        flags: "--nearby",
        description: "take what teammates on this network have that is newer, before the repository is asked",
      },
      {
        flags: "--again <commit>",
        description: "ask nobody: see to it that the files of this commit lie here as it has them",
      },
    ],
    examples: [{ command: "omg daemon fetch", meaning: "and says with which --lock it can be looked at" }],
  },
  {
    name: "daemon accept",
    selects: [],
    action: "daemonAccept",
    group: GROUPS.daemon,
    summary: "believe the newest commit of the followed repository as it is",
    description:
      "For a history that was rewritten on purpose, or a key that ended since it signed: from now on this commit counts as the last one that was believed, on your word, which goes into the log. What rests on it is verified as ever.",
    argument: { name: "commit", description: "the whole name of the newest commit" },
    options: [YES],
    examples: [
      {
        command: "omg daemon accept 2c1e9f6a0b7d3e5f8a9b0c1d2e3f4a5b6c7d8e9f",
        meaning: "after you looked at what it holds",
      },
    ],
  },
];
