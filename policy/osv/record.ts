import type { Rating } from "../severity/index.ts";
import type { AffectedVersions, Range, RangeEvent } from "./ranges.ts";

/** One record of the Open Source Vulnerability format (ossf.github.io/osv-schema), as far as omg asks it. */
export interface OsvRecord {
  readonly id: string;
  /** Other names of it, and what it repackages. */
  readonly aliases: readonly string[];
  /** RFC 3339. */
  readonly modified?: string;
  /** Taken back: it counts for nothing. */
  readonly withdrawn: boolean;
  readonly affected: readonly AffectedPackage[];
}

export interface AffectedPackage extends AffectedVersions, Rating {
  /** `Debian:12` */
  readonly ecosystem: string;
  readonly name: string;
}

/** Identifiers are shown and compared: printable, and no longer than anybody's. */
const IDENTIFIER = /^[!-~]{1,200}$/;
const LONGEST_NAME = 300;
const LONGEST_VERSION = 1000;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads what a JSON document holds. Undefined where it is no such record, or does not say which packages it is about; what of
 * the versions cannot be read makes only that package's entry `unclear`.
 */
export function readOsvRecord(value: unknown): OsvRecord | undefined {
  if (!isObject(value) || !isIdentifier(value.id)) return undefined;
  const { id, modified, withdrawn, affected = [] } = value;
  if (!Array.isArray(affected)) return undefined;
  const packages = affected.map((each) => readAffected(each, value));
  if (packages.includes("unreadable")) return undefined;
  return {
    id,
    aliases: [...new Set([...identifiers(value.aliases), ...identifiers(value.upstream)])].filter(
      (name) => name !== id,
    ),
    ...(typeof modified === "string" && !Number.isNaN(Date.parse(modified)) ? { modified } : {}),
    withdrawn: typeof withdrawn === "string",
    affected: packages.filter((each) => each !== "unreadable" && each !== undefined),
  };
}

/** Undefined where it is about a repository and no package. */
function readAffected(value: unknown, record: Json): AffectedPackage | "unreadable" | undefined {
  if (!isObject(value)) return "unreadable";
  if (value.package === undefined) return undefined;
  if (!isObject(value.package)) return "unreadable";
  const { ecosystem, name } = value.package;
  if (typeof ecosystem !== "string" || !IDENTIFIER.test(ecosystem.replaceAll(" ", "_"))) return "unreadable";
  if (typeof name !== "string" || name === "" || name.length > LONGEST_NAME) return "unreadable";
  const specific = [value.ecosystem_specific, value.database_specific, record.database_specific].filter(isObject);
  const urgency = specific.map((each) => each.urgency).find((each) => typeof each === "string");
  const own = vectorsIn(value.severity);
  return {
    ecosystem,
    name,
    ...readVersions(value),
    vectors: own.length > 0 ? own : vectorsIn(record.severity),
    words: specific.flatMap((each) => (typeof each.severity === "string" ? [each.severity] : [])),
    ...(urgency === undefined ? {} : { urgency }),
  };
}

function readVersions({ ranges = [], versions = [] }: Json): AffectedVersions {
  const read = Array.isArray(ranges) ? ranges.map(readRange) : ["unclear" as const];
  const known = read.filter((range) => typeof range === "object");
  const listed = Array.isArray(versions) ? versions.filter(isVersionText) : [];
  const isWhole = Array.isArray(versions) && listed.length === versions.length;
  const saysNothing = known.length === 0 && listed.length === 0;
  return {
    ranges: known,
    versions: listed,
    ...(read.includes("unclear") || !isWhole || saysNothing ? { unclear: true } : {}),
  };
}

/** Ranges of commits say nothing about versions; `versions` lists them then. */
function readRange(value: unknown): Range | "unclear" | "commits" {
  if (!isObject(value) || typeof value.type !== "string" || !Array.isArray(value.events)) return "unclear";
  if (value.type === "GIT") return "commits";
  const events = value.events.map(readEvent);
  const known = events.filter((event) => event !== undefined);
  if (known.length < events.length || known.length === 0) return "unclear";
  if (value.type === "SEMVER") return { semver: true, events: known };
  return value.type === "ECOSYSTEM" ? { events: known } : "unclear";
}

const KINDS = ["introduced", "fixed", "last_affected", "limit"] as const;

function readEvent(value: unknown): RangeEvent | undefined {
  if (!isObject(value)) return undefined;
  const kinds = KINDS.filter((kind) => value[kind] !== undefined);
  const [kind] = kinds;
  const version = kind === undefined ? undefined : value[kind];
  return kind !== undefined && kinds.length === 1 && isVersionText(version) ? [kind, version] : undefined;
}

function vectorsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter(isObject)
    .flatMap(({ score }) => (typeof score === "string" && score.length < 500 ? [score] : []));
}

function identifiers(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isIdentifier) : [];
}

function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && IDENTIFIER.test(value);
}

function isVersionText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_VERSION;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
