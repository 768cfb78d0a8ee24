import { RUNTIMES } from "../../schema/runtimes/names.ts";
import { type CommandSpec, GROUPS } from "../command-spec.ts";
import { DRY_RUN, YES } from "../options.ts";

export const RUNTIME_COMMANDS: readonly CommandSpec[] = [
  {
    name: "use",
    selects: ["lock"],
    action: "use",
    group: GROUPS.edit,
    summary: "ask for a version of a language runtime or another tool, and install it",
    description:
      "Writes the request into the nearest lock, or into a new one in this folder, pins the newest version that answers it, verifies it by all that its publisher signs, and installs it, without root. Other tools are found and unpacked by mise, where that is here, and pinned by their hash. `none` takes it out of the lock.",
    argument: {
      name: "runtime...",
      description: `a runtime and a version, such as node 20, rust stable or java 21: ${RUNTIMES.join(", ")}, or a tool that mise knows`,
    },
    options: [
      { flags: "-g, --global", description: "in your own lock, so that it holds everywhere" },
      { flags: "--no-apply", description: "only edit and pin the lock" },
      YES,
      DRY_RUN,
    ],
    examples: [
      { command: "omg use node 20", meaning: "the newest 20, for what lies below this folder" },
      { command: "omg use --global python 3.12", meaning: "where nothing else is asked for" },
      { command: "omg use node lts/iron", meaning: "the newest of a line" },
      { command: "omg use jq 1.7", meaning: "a tool that mise knows" },
    ],
  },
  {
    name: "list",
    selects: ["lock"],
    action: "list",
    group: GROUPS.ask,
    summary: "list the versions of language runtimes and tools",
    description:
      "What is installed, the newest first, with what holds everywhere and what the lock in reach pins; or, of one runtime, everything that its publisher has for this machine.",
    argument: { name: "runtime", description: `only this one: ${RUNTIMES.join(", ")}, or a tool` },
    options: [
      { flags: "--available", description: "what could be installed; asks the publisher" },
      { flags: "--names", description: "print versions alone, one a line" },
    ],
    examples: [
      { command: "omg list", meaning: "all that is installed" },
      { command: "omg list node --available", meaning: "all that there is for this machine" },
    ],
  },
];
