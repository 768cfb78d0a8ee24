import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { YES } from "../options.ts";

export const DAEMON_COMMANDS: readonly CommandSpec[] = [
  {
    name: "daemon fetch",
    selects: [],
    action: "daemonFetch",
    group: GROUPS.daemon,
    summary: "fetch and verify what the followed repository says now",
    description:
      "Fetches the branch or tag that config.toml names, verifies the signature of every commit since the last one that was believed here, and lays the lock out that the newest holds. Applies nothing. Exit 4 where a commit does not count, 3 where the lock in it is none, 8 where the repository cannot be reached.",
    options: [],
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
