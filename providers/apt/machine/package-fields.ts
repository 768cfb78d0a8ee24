import type { Stanza } from "../../../host/deb822.ts";

/** Relations of a package as its control fields have them, folded lines included; empty where the field is absent. */
export interface PackageRelations {
  readonly preDepends: string;
  readonly depends: string;
  readonly recommends: string;
  readonly conflicts: string;
  readonly breaks: string;
  readonly provides: string;
}

export type MultiArch = "no" | "same" | "foreign" | "allowed";

/** How a field is asked for: `stanza.get`, or a lookup in a map of all of them. Names in lower case. */
export type Field = (name: string) => string | undefined;

/** A lookup over all fields of a stanza: quicker than `get` when most of them are wanted. */
export function fieldsOf(stanza: Stanza): Field {
  const map = new Map<string, string>();
  for (const [name, value] of stanza.fields()) {
    const key = name.toLowerCase();
    if (!map.has(key)) map.set(key, value);
  }
  return (name) => map.get(name);
}

export function relationsOf(field: Field): PackageRelations {
  return {
    preDepends: field("pre-depends") ?? "",
    depends: field("depends") ?? "",
    recommends: field("recommends") ?? "",
    conflicts: field("conflicts") ?? "",
    breaks: field("breaks") ?? "",
    provides: field("provides") ?? "",
  };
}

/** Source package and its version (deb-control(5), Source): absent, a name, or `name (version)`; both default to the package's. */
export function sourceOf(field: Field, name: string, version: string): { source: string; sourceVersion: string } {
  const found = /^(?<source>\S+)(?:\s+\((?<version>[^)]+)\))?$/.exec(field("source") ?? "")?.groups;
  return { source: found?.source ?? name, sourceVersion: found?.version ?? version };
}

export function multiArchOf(field: Field): MultiArch {
  const value = field("multi-arch");
  return value === "same" || value === "foreign" || value === "allowed" ? value : "no";
}

export function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === "yes";
}
