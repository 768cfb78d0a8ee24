import { beginsVersion, compareVersions, isPrerelease, namesVersion } from "./versions.ts";

/** A version of a runtime that there is, installed or to be had. */
export interface Candidate {
  /** As omg names it: `20.19.5`, `3.12.7+20241016`, `nightly-2026-11-01`. */
  readonly version: string;
  /** Name of its line of long-term support, in lower case; empty for one without a name. Absent where it is in none. */
  readonly lts?: string;
}

/** Which version is asked for. */
export type VersionRequest =
  /** This version, or the newest that begins so. */
  | { readonly type: "version"; readonly text: string }
  | { readonly type: "latest" }
  /** The newest of the line `name`, or of the line that is `back` before the newest. */
  | { readonly type: "lts"; readonly name: string }
  | { readonly type: "lts"; readonly back: number }
  /** A channel of Rust, at its newest or as it was on a day. */
  | { readonly type: "channel"; readonly channel: "stable" | "beta" | "nightly"; readonly date?: string }
  /** The one on PATH, which is none of omg's. */
  | { readonly type: "system" }
  /** A build that somebody else publishes: `zulu-21`. */
  | { readonly type: "vendor"; readonly vendor: string; readonly text: string };

/** What may stand in front of a version and says nothing more. */
const PREFIXES: Readonly<Record<string, RegExp>> = {
  node: /^(?:node[-@])?v?(?=\d)/,
  python: /^(?:c?python-?)?v?(?=\d)/,
  go: /^(?:go)?v?(?=\d)/,
  ruby: /^(?:ruby-)?v?(?=\d)/,
  bun: /^(?:bun-)?v?(?=\d)/,
};
const TRIPLE = /-(?:x86_64|aarch64)-unknown-linux-(?:gnu|musl)$/;
const DATED = /^(stable|beta|nightly)(?:-(\d{4}-\d{2}-\d{2}))?$/;
const VERSION = /^\d[\w.+~-]{0,99}$/;

/**
 * Reads a request in omg's own words, and those of the runtime's own tools; of any other tool there are numbers, and `latest`. Undefined
 * for a text that is none. Pure.
 */
export function parseRequest(runtime: string, text: string): VersionRequest | undefined {
  const asked = text.trim();
  if (asked === "*" || asked === "latest") return { type: "latest" };
  if (asked === "system") return { type: "system" };
  if (runtime === "rust") return rustRequest(asked.replace(TRIPLE, ""));
  if (runtime === "java") return javaRequest(asked);
  return ltsRequest(asked) ?? plainRequest(asked.replace(PREFIXES[runtime] ?? /^v?(?=\d)/, ""));
}

/** The newest of these versions that answers the request; undefined where none does. A prerelease only where it is named itself. Pure. */
export function newestFor<T extends Candidate>(request: VersionRequest, candidates: readonly T[]): T | undefined {
  const newestFirst = [...candidates].sort((a, b) => compareVersions(b.version, a.version));
  const line = request.type === "lts" ? lineOf(request, newestFirst) : undefined;
  return newestFirst.find((candidate) =>
    request.type === "lts"
      ? line !== undefined && candidate.lts === line.lts && majorOf(candidate) === majorOf(line)
      : answers(candidate.version, request),
  );
}

/** Whether a version can be what was asked for, by itself: of `latest` and `lts` only the others would tell. Pure. */
export function answers(version: string, request: VersionRequest): boolean {
  switch (request.type) {
    case "version":
      return namesVersion(request.text, version) || (!isPrerelease(version) && beginsVersion(request.text, version));
    case "channel":
      return isOfChannel(version, request);
    case "latest":
    case "lts":
      return !isPrerelease(version);
    default:
      return false;
  }
}

function plainRequest(text: string): VersionRequest | undefined {
  const version = text.replace(/(?:\.[x*])+$/i, "");
  return VERSION.test(version) ? { type: "version", text: version } : undefined;
}

/** `lts`, `lts/*`, `lts/iron`, `lts/-1`: nvm's words. */
function ltsRequest(text: string): VersionRequest | undefined {
  const [, line] = /^lts(?:\/(\*|-\d{1,2}|[A-Za-z]{1,40}))?$/i.exec(text) ?? [];
  if (line === undefined) return /^lts$/i.test(text) ? { type: "lts", back: 0 } : undefined;
  if (line === "*") return { type: "lts", back: 0 };
  return line.startsWith("-")
    ? { type: "lts", back: Number(line.slice(1)) }
    : { type: "lts", name: line.toLowerCase() };
}

function rustRequest(text: string): VersionRequest | undefined {
  const [, channel, date] = DATED.exec(text) ?? [];
  if (channel === "stable" || channel === "beta" || channel === "nightly")
    return { type: "channel", channel, ...(date === undefined ? {} : { date }) };
  return plainRequest(text.replace(/^v(?=\d)/, ""));
}

/** `21`, `temurin-21`, SDKMAN's `21.0.4-tem`, and the `1.8` of old. Temurin is what omg installs. */
function javaRequest(text: string): VersionRequest | undefined {
  const lts = ltsRequest(text);
  if (lts !== undefined) return lts;
  const [, before, versionAfter] = /^([a-z][a-z_]*(?:-[a-z][a-z_]*)*)-(\d.*)$/.exec(text) ?? [];
  const [, versionBefore, after] = /^(\d[\d.+_]*)-([a-z]{2,12})$/.exec(text) ?? [];
  const vendor = before ?? after;
  const version = (versionAfter ?? versionBefore ?? text).replace(/^1\.(?=\d)/, "");
  const plain = plainRequest(version);
  if (plain?.type !== "version" || vendor === undefined || vendor === "ea") return plain;
  return ["temurin", "tem", "adoptopenjdk", "eclipse", "openjdk", "java"].includes(vendor)
    ? plain
    : { type: "vendor", vendor, text: plain.text };
}

/** A version of Rust without a channel's name is of the channel `stable`. */
function isOfChannel(version: string, { channel, date }: Extract<VersionRequest, { type: "channel" }>): boolean {
  if (date !== undefined) return version === `${channel}-${date}`;
  return channel === "stable" ? !isPrerelease(version) : version.startsWith(`${channel}-`);
}

/** The newest version of the line that is meant. */
function lineOf(
  request: Extract<VersionRequest, { type: "lts" }>,
  newestFirst: readonly Candidate[],
): Candidate | undefined {
  const lasting = newestFirst.filter(({ lts, version }) => lts !== undefined && !isPrerelease(version));
  if ("name" in request) return lasting.find(({ lts }) => lts === request.name);
  const lines = lasting.filter(
    (candidate, index) => lasting.findIndex((other) => majorOf(other) === majorOf(candidate)) === index,
  );
  return lines[request.back];
}

function majorOf({ version }: Candidate): string {
  return /^\d+/.exec(version)?.[0] ?? version;
}
