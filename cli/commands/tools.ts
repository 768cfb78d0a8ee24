import { ALL, type CommandSpec, GROUPS } from "../command-spec.ts";
import { LOCKED } from "../options.ts";

export const TOOL_COMMANDS: readonly CommandSpec[] = [
  {
    name: "completions",
    selects: [],
    action: "completions",
    group: GROUPS.tools,
    summary: "print what teaches your shell to complete omg's words",
    description:
      "Commands, options, their values, generations and names of packages. Completing starts no Node: names come from a file in omg's cache that `omg search` keeps, or from apt's own.",
    argument: { name: "shell", description: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] },
    options: [],
    examples: [
      { command: "omg completions bash", meaning: "in ~/.bashrc: source <(omg completions bash)" },
      { command: "omg completions fish", meaning: "into ~/.config/fish/completions/omg.fish" },
    ],
  },
  {
    name: "prompt",
    selects: [],
    action: "prompt",
    group: GROUPS.tools,
    summary: "print what shows drift in your shell's prompt",
    description:
      "A piece for the configuration of the shell or prompt, to keep or to change. It asks omg-fast at every prompt, which reads what the last run published and starts no Node.",
    argument: {
      name: "prompt",
      description: "bash, zsh, fish, starship or p10k",
      choices: ["bash", "zsh", "fish", "starship", "p10k"],
    },
    options: [],
    examples: [
      { command: "omg prompt bash", meaning: "in ~/.bashrc: source <(omg prompt bash)" },
      { command: "omg prompt starship", meaning: "at the end of ~/.config/starship.toml" },
    ],
  },
  {
    name: "schema",
    selects: [],
    action: "schema",
    group: GROUPS.tools,
    summary: "print the JSON Schema of a file or an answer",
    description:
      "Of omg.lock, policy.toml, policy-test.toml and config.toml, for editors; of the plan and the status, for programs.",
    argument: {
      name: "name",
      description: "lock, policy, policy-test, config, plan or status; default: the list of them",
      choices: ["lock", "policy", "policy-test", "config", "plan", "status"],
    },
    options: [],
    examples: [
      { command: "omg schema", meaning: "which there are" },
      { command: "omg schema plan", meaning: "what `omg plan --json` prints" },
    ],
  },
  {
    name: "manual",
    selects: [],
    action: "manual",
    group: GROUPS.tools,
    summary: "show the manual page of a command",
    description: "Through man(1) on a terminal; the page's source where the output goes elsewhere.",
    argument: {
      name: "command...",
      description: "such as plan or env capture; default: omg's own page",
      completes: "commands",
    },
    options: [],
    examples: [
      { command: "omg manual env capture", meaning: "the page of that command" },
      { command: "omg manual | mandoc -a", meaning: "omg's own page, through another reader" },
    ],
  },
  {
    name: "ci check",
    selects: ALL,
    action: "ciCheck",
    group: GROUPS.tools,
    summary: "omg check, in the forms that pipelines take",
    description:
      "Exit 2 where something differs. SARIF names the line of each entry in the lock; markdown can stand as a comment. On GitHub it annotates and writes the summary of the job as well.",
    options: [
      { flags: "--format <format>", description: "what to print", choices: ["text", "json", "sarif", "markdown"] },
      LOCKED,
    ],
    examples: [
      { command: "omg ci check", meaning: "in a step of a job" },
      { command: "omg ci check --format sarif | tee omg.sarif", meaning: "for code scanning" },
    ],
  },
  {
    name: "ci init",
    selects: [],
    action: "ciInit",
    group: GROUPS.tools,
    summary: "write a pipeline that checks the machine it runs on",
    description: "For GitHub it writes .github/workflows/omg.yml, and never over one; for GitLab it prints the job.",
    argument: { name: "kind", description: "github or gitlab", choices: ["github", "gitlab"] },
    options: [],
    examples: [
      { command: "omg ci init github", meaning: "writes the workflow" },
      { command: "omg ci init gitlab", meaning: "prints a job for .gitlab-ci.yml" },
    ],
  },
];
