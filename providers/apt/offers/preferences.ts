import { type Stanza, stanzasOf } from "../../../host/deb822.ts";
import { readIfPresent } from "../../../host/files.ts";
import type { AptConfig } from "../machine/config.ts";
import { partFiles } from "../machine/parts.ts";

/** What a pin is matched with: versions, facts of a release by their letters (`a n v o l c b`, `r` for the short form), or a host. */
export type PinMatch =
  | { readonly type: "version"; readonly version: string }
  | { readonly type: "release"; readonly conditions: Readonly<Record<string, string>> | "all" }
  | { readonly type: "origin"; readonly host: string };

/** One record of apt's preferences. */
export interface PinRecord {
  /** Words of the Package field; empty for the general form (`*`). */
  readonly packages: readonly string[];
  readonly match: PinMatch;
  readonly priority: number;
  /** Where and how it stands, for people: `/etc/apt/preferences.d/curl:3 (Package: curl, Pin: version 8*, Pin-Priority: -1)`. */
  readonly words: string;
}

export interface Preferences {
  /** In the order in which apt takes them up. */
  readonly records: readonly PinRecord[];
  /** What this reader does not know, in words. While it is not empty, nothing may be concluded about candidates. */
  readonly unsupported: readonly string[];
}

/** apt_preferences(5): the priority of versions of the target release. */
const TARGET_RELEASE_PRIORITY = 990;
/** apt keeps priorities in 16 bits, and its lowest ones for itself. */
const MIN_PRIORITY = -32767;
const MAX_PRIORITY = 32767;

/** The files that preferences are read from, in order. The first need not exist. */
export function preferencesFiles({ paths }: Pick<AptConfig, "paths">): string[] {
  const main = paths.preferences === "" || paths.preferences === "/dev/null" ? [] : [paths.preferences];
  return [...main, ...partFiles(paths.preferencesParts, ["pref", ""])];
}

/** All of apt's preferences, the target release among them. System errors pass. */
export function readPreferences(config: AptConfig): Preferences {
  const target = config.defaultRelease;
  const records: PinRecord[] =
    target === undefined
      ? []
      : [
          {
            packages: [],
            match: releaseMatch(target),
            priority: TARGET_RELEASE_PRIORITY,
            words: `APT::Default-Release "${target}"`,
          },
        ];
  const unsupported: string[] = [];
  for (const file of preferencesFiles(config)) {
    const bytes = readIfPresent(file);
    if (bytes === undefined) continue;
    const found = parsePreferences(bytes, file);
    records.push(...found.records);
    unsupported.push(...found.unsupported);
  }
  return { records, unsupported };
}

/** The records of one file (apt_preferences(5)). Pure. */
function parsePreferences(bytes: Buffer | string, file: string): Preferences {
  const records: PinRecord[] = [];
  const unsupported: string[] = [];
  for (const stanza of stanzasOf(bytes)) {
    const record = parseRecord(stanza, file);
    if (typeof record === "string") unsupported.push(`${file}: ${record}`);
    else records.push(record);
  }
  return { records, unsupported };
}

function parseRecord(stanza: Stanza, file: string): PinRecord | string {
  const name = stanza.get("Package")?.trim() ?? "";
  const [, type = "", data = ""] = /^(\S+)\s*(.*)$/s.exec(stanza.get("Pin") ?? "") ?? [];
  const priority = stanza.get("Pin-Priority") ?? "";
  if (name === "") return "a record without a package";
  if (!/^[+-]?\d+$/.test(priority) || Number(priority) === 0) return `the priority ${JSON.stringify(priority)}`;
  if (data.includes("\n")) return "a pin of several lines";
  const packages = name === "*" ? [] : name.split(/\s+/);
  if (packages.includes("*")) return "the package * among others";
  const match = matchOf(type.toLowerCase(), data.trim());
  if (match === undefined || (match.type === "version" && packages.length === 0))
    return `the pin ${JSON.stringify(`${type} ${data}`)}`;
  return {
    packages,
    match,
    priority: Math.min(MAX_PRIORITY, Math.max(MIN_PRIORITY, Number(priority))),
    words: `${file}:${stanza.line()} (Package: ${name}, Pin: ${type} ${data.trim()}, Pin-Priority: ${priority.trim()})`,
  };
}

function matchOf(type: string, data: string): PinMatch | undefined {
  if (type === "version" && data !== "") return { type: "version", version: data };
  if (type === "release" && data !== "") return releaseMatch(data);
  if (type === "origin") return { type: "origin", host: data.replace(/^"(.*)"$/, "$1") };
  return undefined;
}

/** `a=stable, v=12`, where the last condition of a letter counts; or one word, a version where it begins with a digit. */
function releaseMatch(data: string): PinMatch {
  if (data === "*") return { type: "release", conditions: "all" };
  if (!data.includes("=")) return { type: "release", conditions: { [/^\d/.test(data) ? "v" : "r"]: data } };
  const conditions = data.split(",").flatMap((part) => {
    const found = /^\s*([a-z])=(.*?)\s*$/i.exec(part);
    return found?.[1] === undefined ? [] : [[found[1].toLowerCase(), found[2] ?? ""] as const];
  });
  return { type: "release", conditions: Object.fromEntries(conditions) };
}
