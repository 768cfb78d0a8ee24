import { positionAt, sourceText } from "../../../schema/files/source-text.ts";
import { parseToml } from "../../../schema/files/toml-source.ts";
import { type Entry, faulty, toolNamed } from "./entry.ts";
import { scoped } from "./scoped.ts";

/**
 * mise, "Configuration", `[tools]`: a version, a list of them that are all active, or a table with `version`, `prefix`, `ref` or `path`
 * and the systems that it is for. Templates are not evaluated.
 */
export function miseToml(text: string, folder: string): Entry[] {
  const source = sourceText("mise.toml", text);
  const { parsed, problems } = { parsed: undefined, ...parseToml(source) };
  if (parsed === undefined) return [faulty("*", problems[0]?.line ?? 1, "it is not TOML")];
  const tools = (parsed.value as { readonly tools?: unknown }).tools;
  if (tools === undefined) return [];
  const line = (...keys: readonly string[]) => positionAt(source, parsed.located.keyOffset(["tools", ...keys])).line;
  if (typeof tools !== "object" || tools === null || Array.isArray(tools))
    return [faulty("*", line(), "[tools] is not a table")];
  return Object.entries(tools).flatMap(([name, value]) => tool(name, value, line(name), folder));
}

/** What `[env]` of mise.toml sets, and what of it omg does not take. */
export interface MiseEnv {
  /** By name; false: to be unset. */
  readonly variables: Readonly<Record<string, string | false>>;
  /** Names of what needs mise itself: templates, `_`, and tables. */
  readonly leftOut: readonly string[];
}

/** mise, "Environments": texts, numbers, and `false` for a variable that is to be unset. Nothing for what is not TOML. */
export function miseEnv(text: string): MiseEnv {
  const { parsed } = { parsed: undefined, ...parseToml(sourceText("mise.toml", text)) };
  const env = (parsed?.value as { readonly env?: unknown } | undefined)?.env;
  if (typeof env !== "object" || env === null || Array.isArray(env)) return { variables: {}, leftOut: [] };
  const variables: [string, string | false][] = [];
  const leftOut: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === false) variables.push([name, false]);
    else if (typeof value === "number" || value === true) variables.push([name, String(value)]);
    else if (typeof value === "string" && !/\{[{%#]/.test(value)) variables.push([name, value]);
    else leftOut.push(name);
  }
  return { variables: Object.fromEntries(variables), leftOut };
}

function tool(name: string, value: unknown, line: number, folder: string): Entry[] {
  const values = (Array.isArray(value) ? value : [value]).filter(isForLinux);
  if (Array.isArray(value) ? value.length > 0 && values.length === 0 : values.length === 0) return [];
  const words = values.map(wordOf);
  const own = toolNamed(name.replace(/^core:/, ""));
  if (words.includes(undefined)) return [faulty(own, line, "a version is a text in quotes, or a table with `version`")];
  if (words.some((word) => word?.includes("{{")))
    return [faulty(own, line, "it is a template, which omg does not evaluate")];
  const entry = scoped(
    name,
    words.filter((word) => word !== undefined),
    line,
    folder,
  );
  return [entry.requests.length > 1 ? { ...entry, all: true } : entry];
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim();
  if (typeof value !== "object" || value === null) return undefined;
  const { version, ...scopes } = value as Readonly<Record<string, unknown>>;
  if (typeof version === "string") return version.trim();
  const scope = ["prefix", "ref", "path"].find((each) => typeof scopes[each] === "string");
  return scope === undefined ? undefined : `${scope}:${String(scopes[scope])}`;
}

/** mise, "Dev tools", "OS-specific tools". */
function isForLinux(value: unknown): boolean {
  const os = typeof value === "object" && value !== null ? (value as { readonly os?: unknown }).os : undefined;
  return !Array.isArray(os) || os.some((each) => typeof each === "string" && /^linux(?:[/-]|$)/.test(each));
}
