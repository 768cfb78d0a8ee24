import type { PinEntry, PlatformPins } from "../model/lock.ts";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { LockDocument } from "./lock-document.ts";
import type { LockFile } from "./lock-file.ts";
import type { MergedLock } from "./lock-merge.ts";
import { PINNED_SECTIONS, type PinsDocument } from "./lock-schema.ts";
import { positionAt } from "./source-text.ts";
import { pinAnswers, runtimeAnswers } from "./versions.ts";

const MAX_PROBLEMS = 200;

/** The pins documents of all files, by platform. Two for one platform are a problem. */
export function pinsByPlatform(files: Iterable<LockFile>): {
  readonly documents: ReadonlyMap<string, LockDocument<PinsDocument>>;
  readonly problems: readonly Diagnostic[];
} {
  const documents = new Map<string, LockDocument<PinsDocument>>();
  const problems: Diagnostic[] = [];
  for (const document of [...files].flatMap(({ pins }) => pins)) {
    const platform = document.data.pins;
    const first = documents.get(platform);
    if (first) problems.push(secondPins(document, first));
    else documents.set(platform, document);
  }
  return { documents, problems };
}

function secondPins(second: LockDocument<PinsDocument>, first: LockDocument<PinsDocument>): Diagnostic {
  const { line } = positionAt(first.source, first.located.keyOffset(["pins"]));
  const message = `the pins of ${second.data.pins} are here a second time; the first are at ${first.source.file}:${line}`;
  return diagnostic(
    second.source,
    second.located.valueOffset(["pins"]),
    message,
    "keep one; `omg lock` brings it up to date",
  );
}

/** Pins that a lock can be used with, and what speaks against the others. */
export interface CheckedPins {
  readonly pins: PlatformPins;
  /** Pins that only other hosts of the platform ask for: no business of this one, and to be kept when pins are written. */
  readonly elsewhere: PlatformPins["sections"];
  readonly problems: readonly Diagnostic[];
}

/**
 * Compares pins with requests. `here` is what this host wants; `platform` what any host of the platform may want: pins
 * are shared, so one that only another host asks for is left out, and is no mistake.
 */
export function checkPins(document: LockDocument<PinsDocument>, here: MergedLock, platform: MergedLock): CheckedPins {
  const problems: Diagnostic[] = [];
  const sections = dictionary<Record<string, PinEntry>>();
  const elsewhere = dictionary<Record<string, PinEntry>>();
  for (const section of PINNED_SECTIONS) {
    for (const [name, { auto = false, ...written }] of Object.entries(document.data[section] ?? {})) {
      const pin = { ...written, auto };
      const conflict = conflictOf(section, name, pin, here, platform);
      if (conflict === undefined) put(sections, section, name, pin);
      else if (conflict === "elsewhere") put(elsewhere, section, name, pin);
      else if (problems.length < MAX_PROBLEMS) {
        problems.push(diagnostic(document.source, document.located.keyOffset([section, name]), ...conflict));
      }
    }
  }
  const indexes = dictionary(Object.entries(document.data.indexes ?? {}));
  return { pins: { indexes, sections }, elsewhere, problems };
}

function put<T>(sections: Record<string, Record<string, T>>, section: string, name: string, value: T): void {
  sections[section] ??= dictionary<T>();
  sections[section][name] = value;
}

function conflictOf(
  section: string,
  name: string,
  pin: PinEntry,
  here: MergedLock,
  platform: MergedLock,
): [string, string] | "elsewhere" | undefined {
  const request = requestOf(here, section, name);
  if (request === undefined) {
    if (pin.auto) return undefined;
    if (requestOf(platform, section, name) !== undefined) return "elsewhere";
    return [
      `${name} is pinned, and nothing above asks for it`,
      "`omg lock` drops the pin; `auto: true` marks a dependency",
    ];
  }
  if (request.presence !== "present") {
    const message = `${name} is pinned, and is to be ${request.presence}${whereAsked(here, section, name)}`;
    return [message, "`omg lock` drops the pin"];
  }
  const answered =
    section === "runtimes"
      ? runtimeAnswers(name, pin.version, request.version)
      : pinAnswers(pin.version, request.version);
  if (answered) return undefined;
  const asked = `the ${request.version} that is asked for${whereAsked(here, section, name)}`;
  return [`${name} is pinned to ${pin.version}, which is not ${asked}`, "`omg lock` pins it anew"];
}

function whereAsked(lock: MergedLock, section: string, name: string): string {
  const decided = lock.decidedBy.get(section)?.get(name);
  if (decided === undefined) return "";
  const path = section === "runtimes" ? [section, name] : [section, "packages", name];
  return ` (${decided.source.file}:${lineOf(decided, path)})`;
}

function lineOf({ source, located }: LockDocument<unknown>, path: readonly string[]): number {
  return positionAt(source, located.keyOffset(path)).line;
}

function requestOf(lock: MergedLock, section: string, name: string): { presence: string; version: string } | undefined {
  if (section !== "runtimes") return lock.packages[section]?.packages[name];
  const version = lock.runtimes[name];
  return version === undefined ? undefined : { presence: "present", version };
}
