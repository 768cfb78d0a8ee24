import type { SourceRequest } from "../model/lock.ts";
import { sortedEntries } from "./dictionary.ts";
import { PACKAGE_SECTIONS } from "./lock-schema.ts";
import { yamlFlow, yamlQuoted, yamlText } from "./yaml-write.ts";

/** Requests by name, as a capture finds them. */
export type NewRequests = Readonly<
  Record<string, { readonly version: string; readonly from?: string; readonly hold?: boolean }>
>;

type Sources = Readonly<Record<string, SourceRequest>>;

/**
 * The user's document of a new lock. Characters that a lock's name cannot have become `-`. Sections: `apt`, `pacman`,
 * `aur`, `runtimes`; any other must be empty.
 */
export function newLock(lock: {
  readonly name: string;
  readonly sections: Readonly<Record<string, NewRequests>>;
  /** Sources of the `apt` section, by name. */
  readonly sources?: Readonly<Record<string, SourceRequest>>;
}): string {
  const lines = ["version: 1", `name: ${yamlText(asLockName(lock.name))}`];
  for (const [section, requests] of Object.entries(lock.sections)) {
    if (PACKAGE_SECTIONS.some((known) => known === section))
      lines.push(...packageLines(section, requests, section === "apt" ? (lock.sources ?? {}) : {}));
    else if (section === "runtimes") lines.push(...runtimeLines(requests));
    else if (Object.keys(requests).length > 0)
      throw new RangeError(`a lock has no section for the requests of ${section}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The nearest text that may name a lock. */
export function asLockName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, 100);
  return name === "" ? "machine" : name;
}

function packageLines(section: string, requests: NewRequests, sources: Sources): string[] {
  const entries = sortedEntries(requests).map(([name, request]) => `    ${yamlText(name)}: ${requestText(request)}`);
  const written = sortedEntries(sources).flatMap(([name, source]) => sourceLines(name, source));
  return [
    ...(entries.length + written.length === 0 ? [] : [`${section}:`]),
    ...(written.length === 0 ? [] : ["  sources:", ...written]),
    ...(entries.length === 0 ? [] : ["  packages:", ...entries]),
  ];
}

function sourceLines(name: string, { key, ...source }: SourceRequest): string[] {
  const fields = (["types", "uris", "suites", "components", "architectures"] as const)
    .filter((field) => source[field].length > 0 && !(field === "types" && source.types.join() === "deb"))
    .map((field) => `      ${field}: ${yamlText(source[field].join(" "))}`);
  return [`    ${yamlText(name)}:`, ...fields, ...keyLines(key)];
}

/** A block of keys keeps its lines. */
function keyLines(key: string): string[] {
  if (key === "") return [];
  if (!key.includes("\n")) return [`      signed-by: ${yamlText(key)}`];
  const lines = key.trimEnd().split("\n");
  return ["      signed-by: |", ...lines.map((line) => (line === "" ? "" : `        ${line}`))];
}

function runtimeLines(requests: NewRequests): string[] {
  const entries = sortedEntries(requests).map(([name, { version }]) => `  ${yamlText(name)}: ${yamlQuoted(version)}`);
  return entries.length === 0 ? [] : ["runtimes:", ...entries];
}

function requestText({ version, from, hold }: NewRequests[string]): string {
  if (from === undefined && hold !== true) return yamlQuoted(version);
  return yamlFlow([
    ["version", yamlQuoted(version)],
    ...(from === undefined ? [] : [["from", yamlText(from)] as const]),
    ...(hold === true ? [["hold", "true"] as const] : []),
  ]);
}
