import type { Stanza } from "../../../host/deb822.ts";
import {
  fieldsOf,
  isYes,
  type MultiArch,
  multiArchOf,
  type PackageRelations,
  relationsOf,
  sourceOf,
} from "../machine/package-fields.ts";
import type { IndexTarget } from "./targets.ts";

/** One build as an index lists it. Relations are raw field values; see relations.ts. */
export interface IndexedPackage extends PackageRelations {
  readonly name: string;
  readonly version: string;
  /** `all` included. */
  readonly arch: string;
  /** Path below the repository's base. */
  readonly filename: string;
  /** Bytes; NaN where the index does not say. */
  readonly size: number;
  /** Hex; empty where the index gives no SHA-256. */
  readonly sha256: string;
  /** Hex; absent where the index gives no SHA-512. */
  readonly sha512?: string;
  readonly source: string;
  readonly sourceVersion: string;
  readonly multiArch: MultiArch;
  readonly essential: boolean;
  /** `Phased-Update-Percentage`; absent for a build that everybody gets. */
  readonly phased?: number;
  readonly target: IndexTarget;
  readonly stanza: Stanza;
}

/** Fields of an index that say where the package lies and what it hashes to; its own control file lacks them. */
const PLACE = /^(?:filename|size|md5sum|sha1|sha256|sha512|description-md5)$/i;

export function indexedPackage(stanza: Stanza, target: IndexTarget): IndexedPackage {
  const field = fieldsOf(stanza);
  const name = field("package") ?? "";
  const version = field("version") ?? "";
  const sha512 = field("sha512");
  const phased = Number(field("phased-update-percentage") ?? Number.NaN);
  return {
    name,
    version,
    arch: field("architecture") ?? "",
    filename: field("filename") ?? "",
    size: Number(field("size") ?? Number.NaN),
    sha256: (field("sha256") ?? "").toLowerCase(),
    ...(sha512 !== undefined && { sha512: sha512.toLowerCase() }),
    ...sourceOf(field, name, version),
    ...relationsOf(field),
    multiArch: multiArchOf(field),
    essential: isYes(field("essential")),
    ...(Number.isFinite(phased) && { phased }),
    target,
    stanza,
  };
}

/**
 * Whether a version is still handed out to some machines only: every build of it says so. Which machines those are hangs on
 * their ids (apt_preferences(5), "Phased Updates"); omg takes it when it is for all, so that every machine
 * finds the same.
 */
export function isPhasing(builds: readonly IndexedPackage[]): boolean {
  return builds.length > 0 && builds.every(({ phased }) => phased !== undefined && phased < 100);
}

/** The control stanza as the index has it, without the fields that say where the package lies; ends in a newline. */
export function controlOf({ stanza }: IndexedPackage): string {
  const kept = stanza.fields().filter(([name]) => !PLACE.test(name));
  return kept.map(([name, value]) => `${name}:${value.startsWith("\n") ? "" : " "}${value}\n`).join("");
}

/** Address of the package's file. */
export function urlOf({ target, filename }: IndexedPackage): string {
  const path = filename.split("/").map(encodeURIComponent).join("/");
  return `${target.repoUri}${target.repoUri.endsWith("/") ? "" : "/"}${path}`;
}
