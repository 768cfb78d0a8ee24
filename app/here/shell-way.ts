import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from "node:fs";
import { fnv1a64 } from "../../host/fnv.ts";
import type { Who } from "../../host/paths.ts";
import type { Resolved, ResolvedVariable } from "../../schema/wire/resolved.ts";
import { keptPath } from "./read-resolved.ts";
import { readState, type ShellState, stateWord } from "./shell-state.ts";

/** What a shell does to leave the folder that it was in, and to enter the one that it is in. native/way.c does the same. */
export interface ShellWay {
  readonly path: string | undefined;
  /** In order; undefined: to be unset. */
  readonly variables: readonly (readonly [name: string, value: string | undefined])[];
  /** Variables that the shell takes from commands. */
  readonly commands: readonly (readonly [name: string, command: string])[];
  readonly aliases: Resolved["aliases"];
  /** Undefined: there is nothing to go back to, and nothing to forget. Empty: to be unset. */
  readonly state: string | undefined;
  readonly there: readonly string[];
  readonly absent: readonly string[];
  /** The file in the cache, to compare times with; empty where nothing was kept. */
  readonly mark: string;
  /** To be said. */
  readonly said: readonly string[];
}

type Environment = Record<string, string | undefined>;

const MAX_REFERENCED = 1 << 16;
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

export function shellWay(who: Who, resolved: Resolved | undefined): ShellWay {
  const env: Environment = { ...who.env };
  const before = readState(env.__OMG_STATE);
  const kept = new Set((resolved?.variables ?? []).filter((each) => isKept(before, each, env)).map(({ name }) => name));
  const touched = new Set<string>();
  leave(env, before, kept, touched);
  const entered =
    resolved === undefined ? { words: [], commands: [], said: [] } : enter(env, before, resolved, kept, touched);
  const path = env.PATH === who.env.PATH ? undefined : env.PATH;
  const words = entered.words.join("");
  const unsetState = who.env.__OMG_STATE === undefined ? undefined : "";
  return {
    path,
    variables: [...touched].map((name) => [name, env[name]]),
    commands: entered.commands,
    aliases: resolved?.aliases ?? [],
    state: words === "" ? unsetState : `1${words}`,
    ...watched(who, resolved),
    said: entered.said,
  };
}

/** The shell has this variable from this very command already: it need not run again. */
function isKept({ commands }: ShellState, { name, kind, value }: ResolvedVariable, env: Environment): boolean {
  const hash = commands.find(([each]) => each === name)?.[1];
  return kind === "command" && hash === fnv1a64(value) && env[name] !== undefined;
}

function leave(env: Environment, { paths, saved }: ShellState, kept: ReadonlySet<string>, touched: Set<string>): void {
  if (env.PATH !== undefined && paths !== "") env.PATH = withoutPaths(env.PATH, paths);
  for (const [name, value] of saved) {
    if (kept.has(name)) continue;
    if (value === undefined) delete env[name];
    else env[name] = value;
    touched.add(name);
  }
}

/** Where they begin it, all at once, so that the rest is as it was to the byte; otherwise each of them once. */
function withoutPaths(path: string, paths: string): string {
  if (path.startsWith(paths)) return path.slice(paths.length);
  const parts = path.split(":");
  for (const folder of paths.replace(/:$/, "").split(":")) {
    const at = parts.indexOf(folder);
    if (at >= 0) parts.splice(at, 1);
  }
  return parts.join(":");
}

interface Entered {
  readonly words: string[];
  readonly commands: [name: string, command: string][];
  readonly said: string[];
}

function enter(
  env: Environment,
  before: ShellState,
  { paths, variables, notices }: Resolved,
  kept: ReadonlySet<string>,
  touched: Set<string>,
): Entered {
  const entered: Entered = { words: [], commands: [], said: [] };
  const prefix = paths.map((path) => `${path}:`).join("");
  if (prefix !== "") entered.words.push(stateWord("P", prefix));
  for (const variable of variables) {
    if (kept.has(variable.name)) entered.words.push(...keptWords(before, variable.name));
    else enterVariable(env, variable, entered, touched);
  }
  const now = env.PATH ?? DEFAULT_PATH;
  if (prefix !== "" && !now.startsWith(prefix)) env.PATH = `${prefix}${now}`;
  const hash = fnv1a64(notices.map((notice) => `${notice}\n`).join(""));
  if (notices.length > 0) entered.words.push(stateWord("M", hash));
  if (notices.length > 0 && hash !== before.told) entered.said.push(...notices);
  return entered;
}

function keptWords({ saved, commands }: ShellState, name: string): string[] {
  const was = saved.find(([each]) => each === name);
  const hash = commands.find(([each]) => each === name)?.[1];
  return [...(was === undefined ? [] : [savedWord(...was)]), stateWord("C", name, hash)];
}

function savedWord(name: string, value: string | undefined): string {
  return value === undefined ? stateWord("U", name) : stateWord("S", name, value);
}

function enterVariable(
  env: Environment,
  { name, kind, value }: ResolvedVariable,
  { words, commands, said }: Entered,
  touched: Set<string>,
): void {
  words.push(savedWord(name, env[name]));
  touched.add(name);
  if (kind === "value") env[name] = value;
  else if (kind === "unset") delete env[name];
  else if (kind === "command") {
    words.push(stateWord("C", name, fnv1a64(value)));
    commands.push([name, value]);
  } else {
    const other = kind === "env" ? env[value] : fileText(value);
    if (other === undefined) said.push(`Not set, since there is nothing to take it from: ${name}`);
    else env[name] = other;
  }
}

/** Without the newline at its end; undefined where it is no regular file of at most MAX_REFERENCED bytes of text. */
function fileText(path: string): string | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(fd);
      if (!found.isFile() || found.size > MAX_REFERENCED) return undefined;
      const text = readFileSync(fd, "utf8");
      return text.includes("\0") ? undefined : text.replace(/\n$/, "");
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

function watched(who: Who, resolved: Resolved | undefined): Pick<ShellWay, "there" | "absent" | "mark"> {
  const mark = resolved === undefined ? "" : keptPath(who, resolved.folder);
  if (resolved === undefined || !existsSync(mark)) return { there: [], absent: [], mark: "" };
  const paths = (present: boolean) =>
    resolved.stamps.filter(({ watch, found }) => watch && (found !== undefined) === present).map(({ path }) => path);
  return { there: paths(true), absent: paths(false), mark };
}
