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
  {
    name: "allow",
    selects: [],
    action: "allow",
    group: GROUPS.here,
    summary: "let what a folder's files set take effect in your shells",
    description:
      "Variables and aliases of omg.lock, [env] of mise.toml, and folders that version files name to take programs from. It holds for this very content, in this place and from this owner, includes counted. What decides how programs are loaded or found needs the machine's policy as well, and what looks like a secret is left out.",
    argument: { name: "folder", description: "default: this one" },
    options: [],
    examples: [{ command: "omg allow", meaning: "shows what takes effect from now on" }],
  },
  {
    name: "deny",
    selects: [],
    action: "deny",
    group: GROUPS.here,
    summary: "take that back",
    description: "Shells that are in the folder leave it as soon as they show their next prompt.",
    argument: { name: "folder", description: "default: this one" },
    options: [],
    examples: [{ command: "omg deny ~/project", meaning: "nothing of its files takes effect any more" }],
  },
  {
    name: "hook",
    selects: [],
    action: "hook",
    group: GROUPS.here,
    summary: "print what makes your shell follow the folder it is in",
    description:
      "Versions on PATH, variables and aliases, taken back when the folder is left. A prompt where nothing changed starts no process. It also makes the shims, links to omg-fast for editors, cron and pipelines, in ~/.local/share/omg/shims.",
    argument: { name: "shell", description: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] },
    options: [],
    examples: [
      { command: "omg hook bash", meaning: 'in ~/.bashrc: eval "$(omg hook bash)"' },
      { command: "omg hook fish", meaning: "in config.fish: omg hook fish | source" },
    ],
  },
  {
    name: "exec",
    selects: [],
    action: "exec",
    group: GROUPS.here,
    summary: "run a program with this folder's versions and variables",
    description:
      "It ends as the program does. References ({ from: … }) are left to the shell's hook. In scripts, omg-fast exec does the same without starting Node.",
    argument: { name: "command...", description: "after --, with its arguments" },
    options: [],
    examples: [
      { command: "omg exec -- node --version", meaning: "the Node that this folder asks for" },
      { command: "omg -C ~/project exec -- npm ci", meaning: "in another folder" },
    ],
  },
  {
    name: "run",
    selects: [],
    action: "run",
    group: GROUPS.here,
    summary: "run a task of the project, with its versions on PATH",
    description:
      "Scripts of package.json, tasks of deno.json and pyproject.toml, recipes of a justfile, rules of a Makefile, and what every crate and Go module can do, in the closest folder that has any. What follows the task is the task's. npm:NAME, make:NAME and so on where two files have the same name.",
    argument: { name: "task...", description: "its name, then its arguments" },
    options: [
      { flags: "--list", description: "show the tasks, and run none" },
      { flags: "--watch", description: "run it again whenever a file changes" },
    ],
    examples: [
      { command: "omg run test", meaning: "whatever the project calls test" },
      { command: "omg run --list", meaning: "what there is" },
      { command: "omg run --watch make:build", meaning: "the rule of the Makefile, after each change" },
    ],
  },
];
