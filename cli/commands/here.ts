import { type CommandSpec, GROUPS } from "../command-spec.ts";

export const HERE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "which",
    selects: [],
    action: "which",
    group: GROUPS.here,
    summary: "say which version of a tool this folder gets, and why",
    description:
      "From omg.lock and the version files of other tools (.nvmrc, package.json, go.mod, .tool-versions, mise.toml and the rest), searched from the folder upwards; the closest one wins. Nothing is executed to find out. Exit 1 where what is asked for is not installed.",
    argument: {
      name: "tool",
      description: "a runtime or a program, such as node or npm; default: all that is asked for",
    },
    options: [],
    examples: [
      { command: "omg which node", meaning: "its version, and the line that asks for it" },
      { command: "omg -C ~/project which", meaning: "everything that a project asks for" },
    ],
  },
];
