import { isDeepStrictEqual } from "node:util";
import { dictionary } from "../dictionary.ts";
import { PACKAGE_SECTIONS } from "../lock-schema.ts";

/** A document of a lock, by what tells it from the others. */
export type Documents = ReadonlyMap<string, Value>;
type Value = unknown;
type Names = Readonly<Record<string, Value>>;

/** A name that says something else than in `ours`. */
export interface Edit {
  readonly document: string;
  /** Keys down to the name. */
  readonly path: readonly string[];
  /** Undefined: it goes. */
  readonly to: Value;
}

/** What three versions of a lock come to. */
export interface MergedValues {
  readonly documents: Documents;
  /** What makes it of `ours`. */
  readonly edits: readonly Edit[];
  /** What both sides changed, and not to the same: there `ours` stands, or what `ours` took away. */
  readonly conflicts: readonly Omit<Edit, "to">[];
}

/** Merges by name: what one side left as it was, the other decides. Pure. */
export function mergeValues(base: Documents, ours: Documents, theirs: Documents): MergedValues {
  const documents = new Map<string, Value>();
  const edits: Edit[] = [];
  const conflicts: Omit<Edit, "to">[] = [];
  for (const document of new Set([...ours.keys(), ...theirs.keys()])) {
    const at = { document, path: [] };
    const merged = merge(at, base.get(document), ours.get(document), theirs.get(document));
    if (merged !== undefined) documents.set(document, merged);
  }
  return { documents, edits, conflicts };

  function merge(at: Omit<Edit, "to">, before: Value, our: Value, their: Value): Value {
    if (isDeepStrictEqual(our, their)) return our;
    const inside = holdsNames(at) && [before, our, their].every(isNamesOrNone) && (our ?? their) !== undefined;
    if (inside && !(at.path.length === 0 && (our === undefined || their === undefined)))
      return mergeNames(at, namesIn(before), namesIn(our), namesIn(their), our !== undefined && their !== undefined);
    if (isDeepStrictEqual(their, before)) return our;
    if (!isDeepStrictEqual(our, before)) {
      conflicts.push(at);
      if (our !== undefined) return our;
    }
    edits.push({ ...at, to: their });
    return their;
  }

  function mergeNames(at: Omit<Edit, "to">, before: Names, our: Names, their: Names, stays: boolean): Value {
    const merged = dictionary<Value>();
    for (const name of new Set([...Object.keys(our), ...Object.keys(their)])) {
      const value = merge({ ...at, path: [...at.path, name] }, before[name], our[name], their[name]);
      if (value !== undefined) merged[name] = value;
    }
    return stays || Object.keys(merged).length > 0 ? merged : undefined;
  }
}

/** Whether what stands there are names, each for itself, and not one value. */
function holdsNames({ document, path }: Omit<Edit, "to">): boolean {
  const [section = "", part = ""] = path;
  if (path.length === 0) return true;
  if (document.startsWith("pins ")) return path.length === 1;
  const ofPackages = PACKAGE_SECTIONS.some((known) => known === section);
  if (path.length === 1) return ofPackages || ["runtimes", "env", "aliases"].includes(section);
  return path.length === 2 && ofPackages && ["packages", "sources"].includes(part);
}

function isNamesOrNone(value: Value): boolean {
  return value === undefined || (typeof value === "object" && value !== null && !Array.isArray(value));
}

function namesIn(value: Value): Names {
  return (value ?? {}) as Names;
}

/** Without maps that hold nothing, which say as much as ones that are not there. */
export function normalized(value: Value): Value {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, normalized(inner)] as const);
  const full = entries.filter(([, inner]) => !(isNamesOrNone(inner) && Object.keys(namesIn(inner)).length === 0));
  return dictionary(full);
}
