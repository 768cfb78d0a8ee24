import { dirname, join } from "node:path";
import { jsonLines } from "../../../host/json-lines.ts";
import { asks, type Entry, faulty, isVersion } from "./entry.ts";

/** Names that omg installs of those that package.json may name. */
const RUNTIMES = ["node", "bun", "deno"];
/** How many files a Volta section may lead through. */
const MAX_EXTENDS = 8;

type Table = Readonly<Record<string, unknown>>;
type Read = (path: string) => string | undefined;

interface Place {
  readonly path: string;
  readonly read: Read;
}

/**
 * What package.json asks for, the most exact first: Volta's pin (Volta, "Understanding Volta"), `devEngines` (npm, package.json), the
 * manager of packages where that is Bun (Node.js, Corepack), and `engines` (npm, package.json), which any version in its range meets.
 */
export function packageJson(text: string, place: Place): Entry[] {
  const file = parsed(text);
  if (file === undefined) return RUNTIMES.map((tool) => faulty(tool, 1, "it is not JSON"));
  const lineOf = jsonLines(text);
  const { devEngines, engines, packageManager } = file;
  return [
    ...volta(file, lineOf, place, MAX_EXTENDS),
    ...named(table(devEngines).runtime, lineOf(["devEngines", "runtime"])),
    ...named(table(devEngines).packageManager, lineOf(["devEngines", "packageManager"])),
    ...corepack(packageManager, lineOf(["packageManager"])),
    ...RUNTIMES.flatMap((tool) => range(tool, table(engines)[tool], lineOf(["engines", tool]))),
  ];
}

function parsed(text: string): Table | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
  } catch {
    return undefined;
  }
}

function table(value: unknown): Table {
  return typeof value === "object" && value !== null ? (value as Table) : {};
}

/** Volta, "Workspaces": what a section does not say, the file says that it extends. Its versions are exact. */
function volta(file: Table, lineOf: (path: readonly string[]) => number, place: Place, depth: number): Entry[] {
  const { node, extends: next } = table(file.volta);
  const line = lineOf(["volta", node === undefined ? "extends" : "node"]);
  if (node !== undefined) return range("node", node, line).map(exact);
  if (typeof next !== "string") return [];
  const path = join(dirname(place.path), next);
  const text = depth === 0 || next.startsWith("/") || next.includes("\0") ? undefined : place.read(path);
  const other = text === undefined ? undefined : parsed(text);
  if (other === undefined) return [faulty("node", line, "its Volta section extends no file that can be read")];
  return volta(other, jsonLines(text ?? ""), { ...place, path }, depth - 1).map((entry) => ({ ...entry, line }));
}

function exact(entry: Entry): Entry {
  const [version = ""] = entry.requests;
  return entry.fault !== undefined || isVersion(version)
    ? entry
    : faulty(entry.tool, entry.line, "that is not a version");
}

/** One `{ name, version }` or a list of them; without a version, any. */
function named(value: unknown, line: number): Entry[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each) => {
    const { name, version = "*" } = table(each);
    return typeof name === "string" && RUNTIMES.includes(name) ? range(name, version, line) : [];
  });
}

/** `bun@1.1.0+sha224.…`: the version is exact. */
function corepack(value: unknown, line: number): Entry[] {
  const [, name = "", version = ""] = (typeof value === "string" && /^([a-z]+)@([^+]+)(?:\+.*)?$/.exec(value)) || [];
  return RUNTIMES.includes(name) ? range(name, version, line) : [];
}

const RANGE = /^[0-9A-Za-z.*<>=^~| +v-]{1,128}$/;

/** node-semver, "Ranges". `x`, `X` and `*` at the end are the same as nothing there. */
function range(tool: string, value: unknown, line: number): Entry[] {
  if (value === undefined) return [];
  if (typeof value !== "string" || !RANGE.test(value.trim() || "*"))
    return [faulty(tool, line, "that is not a range of versions")];
  const text = value.trim().replace(/^[=v\s]+(?=\d)/, "");
  if (/^(?:[*xX](?:\.[*xX])*|latest)?$/.test(text)) return [asks(tool, line, "latest")];
  const prefix = /^(\d+(?:\.\d+)?)(?:\.[*xX]){1,2}$/.exec(text)?.[1];
  return [asks(tool, line, prefix ?? text)];
}
