import { sourceText } from "../../schema/files/source-text.ts";
import { parseToml } from "../../schema/files/toml-source.ts";
import type { Runner, Task, TaskFolder } from "./task.ts";

type Found = Pick<Task, "name" | "does" | "command">;

/** npm, package.json, "scripts". Which manager of packages runs them, the lock file tells, or else Corepack's field. */
const packageJson: Runner = {
  name: "npm",
  files: ["package.json"],
  tasks: (text, folder) => {
    const file = json(text);
    if (file === undefined) return undefined;
    const manager = managerOf(file.packageManager, folder);
    return texts(file.scripts).map(([name, does]) => ({
      name,
      does,
      command: [manager, "run", name, ...(manager === "npm" ? ["--"] : [])],
    }));
  },
};

const MANAGERS: readonly (readonly [lock: string, manager: string])[] = [
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
];

function managerOf(field: unknown, folder: TaskFolder): string {
  const [, named] = (typeof field === "string" && /^(npm|pnpm|yarn|bun)@/.exec(field)) || [];
  return named ?? MANAGERS.find(([lock]) => folder.has(lock))?.[1] ?? "npm";
}

/** Deno, "deno task". Comments and commas at the end, which deno.jsonc may have, are taken out. */
const deno: Runner = {
  name: "deno",
  files: ["deno.json", "deno.jsonc"],
  tasks: (text) => {
    const file = json(withoutComments(text));
    return (
      file &&
      Object.entries(table(file.tasks)).map(([name, task]) => ({
        name,
        does: typeof task === "string" ? task : String(table(task).description ?? table(task).command ?? ""),
        command: ["deno", "task", name],
      }))
    );
  },
};

/** just, "Recipes": a line that begins with a name and has a colon; `_` makes it private. The comment above it says what it does. */
const just: Runner = {
  name: "just",
  files: ["justfile", ".justfile", "Justfile"],
  tasks: (text) => named(text, /^@?([A-Za-z][A-Za-z0-9_-]*)(?!\s*:?=)(?:\s[^:]*)?:(?!=)/, (name) => ["just", name]),
};

/** GNU make, "Rule Syntax": explicit rules at the beginning of a line, without patterns and those that begin with a dot. */
const make: Runner = {
  name: "make",
  files: ["GNUmakefile", "makefile", "Makefile"],
  tasks: (text) => named(text, /^([A-Za-z0-9][A-Za-z0-9_./-]*)\s*:(?![:=])/, (name) => ["make", name]),
};

const PYTHON_TASKS: readonly (readonly [path: readonly string[], command: readonly string[]])[] = [
  [["tool", "poe", "tasks"], ["poe"]],
  [
    ["tool", "pdm", "scripts"],
    ["pdm", "run"],
  ],
  [["tool", "taskipy", "tasks"], ["task"]],
  [
    ["tool", "hatch", "envs", "default", "scripts"],
    ["hatch", "run"],
  ],
  [
    ["tool", "poetry", "scripts"],
    ["poetry", "run"],
  ],
];

/** The tables in which the usual runners keep tasks, and the project's own programs where uv manages it. */
const pyproject: Runner = {
  name: "python",
  files: ["pyproject.toml"],
  tasks: (text, folder) => {
    const file = toml(text);
    if (file === undefined) return undefined;
    const uv = folder.has("uv.lock")
      ? ([
          [
            ["project", "scripts"],
            ["uv", "run"],
          ],
        ] as const)
      : [];
    return [...PYTHON_TASKS, ...uv].flatMap(([path, command]) =>
      Object.entries(path.reduce<Table>((at, key) => table(at[key]), file)).map(([name, does]) => ({
        name,
        does: typeof does === "string" ? does : "",
        command: [...command, name],
      })),
    );
  },
};

/** What every crate and every module can do. */
const cargo = fixed("cargo", "Cargo.toml", {
  build: ["cargo", "build"],
  test: ["cargo", "test"],
  run: ["cargo", "run"],
  check: ["cargo", "check"],
  bench: ["cargo", "bench"],
  doc: ["cargo", "doc"],
  clippy: ["cargo", "clippy"],
  fmt: ["cargo", "fmt"],
});
const go = fixed("go", "go.mod", {
  build: ["go", "build", "./..."],
  test: ["go", "test", "./..."],
  vet: ["go", "vet", "./..."],
  fmt: ["go", "fmt", "./..."],
  run: ["go", "run", "."],
});

/** In the order that counts within one folder. */
export const RUNNERS: readonly Runner[] = [packageJson, deno, just, make, pyproject, cargo, go];

function fixed(name: string, file: string, commands: Readonly<Record<string, readonly string[]>>): Runner {
  const tasks = Object.entries(commands).map(([task, command]) => ({ name: task, does: command.join(" "), command }));
  return { name, files: [file], tasks: () => tasks };
}

type Table = Readonly<Record<string, unknown>>;

function table(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function texts(value: unknown): [string, string][] {
  return Object.entries(table(value)).flatMap(([name, text]): [string, string][] =>
    typeof text === "string" ? [[name, text]] : [],
  );
}

function json(text: string): Table | undefined {
  try {
    return table(JSON.parse(text.replace(/^\ufeff/, "")));
  } catch {
    return undefined;
  }
}

const COMMENT = /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const LAST_COMMA = /("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g;

/** What stands in a string is none of either. */
function withoutComments(text: string): string {
  const strings = (_: string, string: string | undefined) => string ?? "";
  return text.replace(COMMENT, strings).replace(LAST_COMMA, strings);
}

function toml(text: string): Table | undefined {
  const { parsed } = { parsed: undefined, ...parseToml(sourceText("pyproject.toml", text)) };
  return parsed && table(parsed.value);
}

/** Names at the beginning of lines, each once, with the comment on the line above. */
function named(text: string, pattern: RegExp, command: (name: string) => readonly string[]): Found[] {
  const lines = text.split(/\r?\n/);
  const found = new Map<string, Found>();
  for (const [index, line] of lines.entries()) {
    const name = pattern.exec(line)?.[1];
    if (name === undefined || found.has(name)) continue;
    const does = /^#+\s*(.*)$/.exec(lines[index - 1] ?? "")?.[1] ?? "";
    found.set(name, { name, does, command: command(name) });
  }
  return [...found.values()];
}
