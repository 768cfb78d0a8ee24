import { sortedEntries } from "./dictionary.ts";
import { PACKAGE_SECTIONS } from "./lock-schema.ts";
import { yamlFlow, yamlQuoted, yamlText } from "./yaml-write.ts";

/** Requests by name, as a capture finds them. */
export type NewRequests = Readonly<
  Record<string, { readonly version: string; readonly from?: string; readonly hold?: boolean }>
>;

/**
 * The user's document of a new lock. Characters that a lock's name cannot have become `-`. Sections: `apt`, `pacman`,
 * `aur`, `runtimes`; any other must be empty.
 */
export function newLock(lock: {
  readonly name: string;
  readonly sections: Readonly<Record<string, NewRequests>>;
}): string {
  const lines = ["version: 1", `name: ${yamlText(asLockName(lock.name))}`];
  for (const [section, requests] of Object.entries(lock.sections)) {
    if (PACKAGE_SECTIONS.some((known) => known === section)) lines.push(...packageLines(section, requests));
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

function packageLines(section: string, requests: NewRequests): string[] {
  const entries = sortedEntries(requests).map(([name, request]) => `    ${yamlText(name)}: ${requestText(request)}`);
  return entries.length === 0 ? [] : [`${section}:`, "  packages:", ...entries];
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
